using Microsoft.Extensions.Localization;
using PdfSharp.Drawing;
using PdfSharp.Fonts;
using PdfSharp.Pdf;
using Tapwork.Core;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Auditing;

/// <summary>The trail as a document for people: A4, day by day, a sentence an entry. Another renderer takes this class's place.</summary>
internal sealed class AuditPaper
{
    private const double Margin = 48, LineHeight = 13, TimeWidth = 56;

    private readonly XFont _plain = new(PaperFonts.Family, 9), _bold = new(PaperFonts.Family, 10, XFontStyleEx.Bold), _title = new(PaperFonts.Family, 16, XFontStyleEx.Bold), _small = new(PaperFonts.Family, 7.5);
    private readonly PdfDocument _document = new();
    private XGraphics? _page;
    private double _y = double.MaxValue;

    private AuditPaper() { }

    /// <summary>Writes a PDF.</summary>
    /// <param name="texts">In whose language.</param>
    /// <param name="rows">The latest first.</param>
    /// <param name="more">Whether there are more than these.</param>
    /// <param name="by">Who had it made.</param>
    /// <param name="now">When.</param>
    /// <param name="to">Where to.</param>
    public static void Write(IStringLocalizer texts, IReadOnlyList<AuditRow> rows, bool more, string by, DateTimeOffset now, Stream to)
    {
        PaperFonts.Use();
        var paper = new AuditPaper();
        paper._document.Info.Title = texts["rail.audit"];
        paper.Line(paper._title, texts["rail.audit"], 0, 26);
        paper.Line(paper._plain, texts["audit.paper.made", by, Words.Moment(now), Words.Number(rows.Count)], 0, LineHeight);
        if (more)
            paper.Line(paper._plain, texts["audit.paper.more", Words.Number(rows.Count)], 0, LineHeight);
        foreach (var day in rows.GroupBy(r => Paris.DayOf(r.Entry.At)))
        {
            paper.Line(paper._bold, Words.DayHeading(day.Key), 0, 24);
            foreach (var row in day)
                paper.Entry(Words.TimeOfDay(row.Entry.At), AuditWords.Say(texts, row));
        }
        paper.End(texts);
        paper._document.Save(to, closeStream: false);
    }

    private void Entry(string time, string sentence)
    {
        Room(LineHeight);
        _page!.DrawString(time, _plain, XBrushes.Gray, Margin, _y + LineHeight);
        foreach (var line in Wrapped(sentence))
            Line(_plain, line, TimeWidth, LineHeight);
    }

    private void Line(XFont font, string text, double indent, double height)
    {
        Room(height);
        _y += height;
        _page!.DrawString(text, font, XBrushes.Black, Margin + indent, _y);
    }

    private void Room(double height)
    {
        if (_page is not null && _y + height < _page.PageSize.Height - Margin)
            return;
        _page?.Dispose();
        var page = _document.AddPage();
        page.Size = PdfSharp.PageSize.A4;
        (_page, _y) = (XGraphics.FromPdfPage(page), Margin - LineHeight);
    }

    private IEnumerable<string> Wrapped(string sentence)
    {
        var (line, width) = ("", _page!.PageSize.Width - (2 * Margin) - TimeWidth);
        foreach (var word in sentence.Split([' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries).SelectMany(w => w.Chunk(60).Select(part => new string(part))))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && _page.MeasureString(longer, _plain).Width > width)
            {
                yield return line;
                longer = word;
            }
            line = longer;
        }
        yield return line;
    }

    // Numbers of pages are known at the end only.
    private void End(IStringLocalizer texts)
    {
        _page?.Dispose();
        for (var number = 0; number < _document.PageCount; number++)
        {
            using var page = XGraphics.FromPdfPage(_document.Pages[number]);
            page.DrawString(texts["audit.paper.page", number + 1, _document.PageCount], _small, XBrushes.Gray, new XRect(Margin, page.PageSize.Height - Margin, page.PageSize.Width - (2 * Margin), Margin), XStringFormats.Center);
        }
    }
}

/// <summary>The document's own font: a server has none for sure.</summary>
internal sealed class PaperFonts : IFontResolver
{
    public const string Family = "DejaVu Sans";

    private static readonly Lock Once = new();

    public static void Use()
    {
        lock (Once)
            GlobalFontSettings.FontResolver ??= new PaperFonts();
    }

    public FontResolverInfo ResolveTypeface(string familyName, bool bold, bool italic) => new(bold ? "DejaVuSans-Bold" : "DejaVuSans");

    public byte[] GetFont(string faceName)
    {
        using var font = typeof(PaperFonts).Assembly.GetManifestResourceStream($"{faceName}.ttf")!;
        var bytes = new byte[font.Length];
        font.ReadExactly(bytes);
        return bytes;
    }
}
