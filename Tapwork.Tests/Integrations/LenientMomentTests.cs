using System.Text;
using System.Text.Json;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Tests.Integrations;

/// <summary>Numbers, words and moments as partners write them: each is read, or is none. Nothing throws.</summary>
public class LenientMomentTests
{
    // All are 24 November 2026, 09:00:00 UTC.
    [Theory]
    [InlineData("20261124T090000Z")]
    [InlineData("20261124T100000+0100")]
    [InlineData("20261124T100000+01")]
    [InlineData("20261124T0900Z")]
    [InlineData("20261124t090000z")]
    [InlineData("20261124090000")]
    [InlineData("20261124 090000")]
    [InlineData("202611240900")]
    [InlineData("20261124090000000")]
    [InlineData("20261124090000Z")]
    [InlineData("20261124100000+0100")]
    [InlineData("2026-11-24T09:00:00Z")]
    [InlineData("2026-11-24t09:00:00z")]
    [InlineData("2026-11-24 09:00:00")]
    [InlineData("2026-11-24  09:00:00 UTC")]
    [InlineData("2026-11-24_09:00")]
    [InlineData("2026-11-24T09Z")]
    [InlineData("2026-11-24T10:00:00+01:00")]
    [InlineData("2026-11-24T10:00:00+0100")]
    [InlineData("2026-11-24T10:00:00+01")]
    [InlineData("2026-11-24T10:00:00 +01:00")]
    [InlineData("2026-11-24T04:30:00\u221204:30")]
    [InlineData("2026-11-24T09:00:00-00:00")]
    [InlineData("2026-11-24T10:00:00+01:00[Europe/Paris]")]
    [InlineData("2026/11/24 09:00:00")]
    [InlineData("2026.11.24 09:00")]
    [InlineData("2026-W48-2T09:00:00Z")]
    [InlineData("2026W482T090000Z")]
    [InlineData("2026-328T09:00:00Z")]
    [InlineData("2026328T090000Z")]
    [InlineData("2026-11-24T08:59:60Z")]
    [InlineData("Tue, 24 Nov 2026 09:00:00 GMT")]
    [InlineData("Tue, 24 Nov 2026 10:00:00 +0100")]
    [InlineData("24 Nov 2026 09:00:00 UTC")]
    [InlineData("Tue Nov 24 2026 10:00:00 GMT+0100 (Central European Standard Time)")]
    [InlineData("24-Nov-2026 09:00:00")]
    [InlineData("November 24, 2026 9:00 AM")]
    [InlineData("Tue Nov 24 09:00:00 2026")]
    [InlineData("Tue Nov 24 09:00:00 UTC 2026")]
    [InlineData("Tue Nov 24 10:00:00 CET 2026")]
    [InlineData("Tue Nov 24 11:00:00 CEST 2026")]
    [InlineData("Tue Nov 24 10:00:00 GMT+01:00 2026")]
    [InlineData("Tue Nov 24 10:00:00 +0100 2026")]
    [InlineData("Tue, 24 Nov 2026 10:00:00 CET")]
    [InlineData("2026-11-24 10:00:00 CET")]
    [InlineData("/Date(1795510800000)/")]
    [InlineData("/Date(1795510800000+0100)/")]
    [InlineData("1795510800")]
    [InlineData("1795510800,0")]
    [InlineData("1795510800000")]
    [InlineData("1795510800000000")]
    [InlineData("1.7955108e9")]
    [InlineData(" 2026-11-24T09:00:00Z\n")]
    public void A_moment_is_read(string text)
    {
        LenientMoment.Parse(text).ShouldBe(new DateTimeOffset(2026, 11, 24, 9, 0, 0, TimeSpan.Zero));
        Read(text).Moment("x").ShouldBe(LenientMoment.Parse(text));
    }

    [Theory]
    [InlineData("20261124T090000.25Z", 9 * 3600, 250)]
    [InlineData("20261124T100000,250+0100", 9 * 3600, 250)]
    [InlineData("2026-11-24T09:00:00.250999999999Z", 9 * 3600, 250.9999)]
    [InlineData("1795510800,25", 9 * 3600, 250)]
    [InlineData("20261124090000250", 9 * 3600, 250)]
    [InlineData("202611240900002", 9 * 3600, 200)]
    [InlineData("202611240900002509", 9 * 3600, 250.9)]
    [InlineData("20261124090000250999", 9 * 3600, 250.999)]
    [InlineData("202611240900002509999", 9 * 3600, 250.9999)]
    [InlineData("20261124T090000250", 9 * 3600, 250)]
    [InlineData("20261124090000.25Z", 9 * 3600, 250)]
    [InlineData("1795510800.250999", 9 * 3600, 250.999)]
    [InlineData("1795510800250.999", 9 * 3600, 250.999)]
    [InlineData("1795510800250999", 9 * 3600, 250.999)]
    [InlineData("1795510800250999000", 9 * 3600, 250.999)]
    [InlineData("2026-11-24", 0, 0)]
    [InlineData("20261124", 0, 0)]
    [InlineData("2026-W48-2", 0, 0)]
    [InlineData("2026-328", 0, 0)]
    [InlineData("24-Nov-2026", 0, 0)]
    [InlineData("24 November 2026", 0, 0)]
    [InlineData("2026-11-23T24:00:00Z", 0, 0)]
    [InlineData("20261123T2400", 0, 0)]
    public void Its_fraction_and_its_midnight_are_read(string text, int seconds, double milliseconds)
    {
        var at = LenientMoment.Parse(text).ShouldNotBeNull();
        (at - new DateTimeOffset(2026, 11, 24, 0, 0, 0, TimeSpan.Zero)).TotalMilliseconds.ShouldBe((seconds * 1000) + milliseconds, 0.0005);
    }

    // Two readings, no day, no such day, or none at all.
    [Theory]
    [InlineData("24/11/2026")]
    [InlineData("03/04/2026 09:00:00")]
    [InlineData("11/24/2026")]
    [InlineData("09:00")]
    [InlineData("T09:00:00Z")]
    [InlineData("2026")]
    [InlineData("2026-11")]
    [InlineData("Nov 24")]
    [InlineData("November")]
    [InlineData("Nov 2026")]
    [InlineData("Tue, 24 Nov 09:00:00 +0100")]
    [InlineData("Tuesday, 24-Nov-26 09:00:00 GMT")]
    [InlineData("2026-13-01")]
    [InlineData("2026-02-29T09:00:00Z")]
    [InlineData("2026-11-24T24:00:01Z")]
    [InlineData("2026-11-24T25:00:00Z")]
    [InlineData("2026-11-24T09:60:00Z")]
    [InlineData("2026-11-24T09:00:61Z")]
    [InlineData("2026-11-24T09:00:00+25:00")]
    [InlineData("2026-11-24T09:00:00+01:60")]
    [InlineData("2026-W54-1")]
    [InlineData("2026-W00-1")]
    [InlineData("2026-366")]
    [InlineData("2026-000")]
    [InlineData("0000-01-01")]
    [InlineData("1969-12-31T23:59:59Z")]
    [InlineData("9999-12-31T24:00:00Z")]
    [InlineData("9999-W52-7")]
    [InlineData("9999-W52-6")]
    [InlineData("9999W527T000000Z")]
    [InlineData("9999-W53-1")]
    [InlineData("20261324090000123")]
    [InlineData("20261324090000")]
    [InlineData("20261124090")]
    [InlineData("2026112409000012")]
    [InlineData("2026112409000012345")]
    [InlineData("99999999999")]
    [InlineData("4102444800")]
    [InlineData("Tue Nov 24 09:00:00 CST 2026")]
    [InlineData("P1D")]
    [InlineData("/Date()/")]
    [InlineData("-1795510800")]
    [InlineData("1,795,510,800")]
    [InlineData("99999999999999999999999999")]
    [InlineData("maybe")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("\u0000")]
    [InlineData(" ")]
    [InlineData("")]
    [InlineData(null)]
    public void What_is_no_moment_is_none(string? text)
    {
        var at = LenientMoment.Parse(text);
        // Digits alone are a Unix time where they are nothing else: long ago, never now.
        (at is null || at.Value.Year == 1970).ShouldBeTrue($"{at}");
    }

    [Fact]
    public void The_last_day_of_all_is_read()
    {
        LenientMoment.Parse("9999-W52-5").ShouldBe(LenientMoment.Parse("9999-12-31"));
        LenientMoment.Parse("9999-365").ShouldBe(new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero));
        LenientMoment.Parse("2026-W53-7").ShouldBe(LenientMoment.Parse("2027-01-03"));
    }

    [Fact]
    public void A_long_text_is_none_at_once()
    {
        LenientMoment.Parse($"jan{new string(' ', 1_000_000)}x").ShouldBeNull();
        LenientMoment.Parse($"2026-11-24T09:00:00.{new string('1', 1_000_000)}").ShouldBeNull();
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("1", true)]
    [InlineData("1.0", true)]
    [InlineData("\"1\"", true)]
    [InlineData("\" TRUE \"", true)]
    [InlineData("\"yes\"", true)]
    [InlineData("\"Oui\"", true)]
    [InlineData("false", false)]
    [InlineData("0", false)]
    [InlineData("-0", false)]
    [InlineData("\"0\"", false)]
    [InlineData("\"no\"", false)]
    [InlineData("\"non\"", false)]
    [InlineData("\"faux\"", false)]
    [InlineData("2", null)]
    [InlineData("0.5", null)]
    [InlineData("1e999", null)]
    [InlineData("\"\"", null)]
    [InlineData("\"perhaps\"", null)]
    [InlineData("[true]", null)]
    [InlineData("{}", null)]
    [InlineData("null", null)]
    public void A_truth_is_read_or_is_none(string json, bool? value) => Parse(json).Flag("x").ShouldBe(value);

    [Theory]
    [InlineData("0.93", 0.93)]
    [InlineData("\"0,93\"", 0.93)]
    [InlineData("\"0,125\"", 0.125)]
    [InlineData("\" 3600,5 \"", 3600.5)]
    [InlineData("\"+3600\"", 3600.0)]
    [InlineData("\"3.6e3\"", 3600.0)]
    [InlineData("\"-1,5\"", -1.5)]
    [InlineData("\"3,600\"", null)]
    [InlineData("\"1,795,510\"", null)]
    [InlineData("\"1.234,5\"", null)]
    [InlineData("\"3 600\"", null)]
    [InlineData("\"0x10\"", null)]
    [InlineData("\"1,2,3\"", null)]
    [InlineData("\",\"", null)]
    [InlineData("true", null)]
    public void A_number_is_read_or_is_none(string json, double? value) => Parse(json).Number("x").ShouldBe(value);

    private static LenientJson Read(string text) => Parse(JsonSerializer.Serialize(text));

    private static LenientJson Parse(string json) => LenientJson.Parse(Encoding.UTF8.GetBytes($$"""{"x":{{json}}}"""))!.Value;
}
