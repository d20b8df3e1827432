using System.Globalization;
using MetadataExtractor;
using MetadataExtractor.Formats.Exif;
using Tapwork.Core;
using Tapwork.Core.Documents;

namespace Tapwork.Infrastructure.Documents;

/// <summary>What a camera wrote into a picture of its place and time; phones often take both out before a browser gets it.</summary>
public sealed record PhotoExif(Geotag? Geotag, DateTimeOffset? TakenAt)
{
    private static readonly PhotoExif Nothing = new(null, null);

    /// <summary>Reads it; a picture without, or with garbage in its place, has neither.</summary>
    public static PhotoExif Read(Stream picture)
    {
        try
        {
            using var exif = PictureHead.Read(picture).ExifAlone();
            if (exif is null)
                return Nothing;
            var directories = ImageMetadataReader.ReadMetadata(exif);
            return new PhotoExif(PlaceOf(directories), TimeOf(directories));
        }
        catch (Exception e) when (e is ImageProcessingException or MetadataException or IOException or ArgumentException)
        {
            return Nothing;
        }
    }

    private static Geotag? PlaceOf(IEnumerable<MetadataExtractor.Directory> directories) =>
        directories.OfType<GpsDirectory>().Select(g => g.GetGeoLocation()).FirstOrDefault(l => l is { IsZero: false }) is { } place
            ? new Geotag(place.Latitude, place.Longitude, null, GeotagSource.Exif)
            : null;

    // Without its offset it is the hour of the place: Paris.
    private static DateTimeOffset? TimeOf(IEnumerable<MetadataExtractor.Directory> directories)
    {
        var exif = directories.OfType<ExifSubIfdDirectory>().FirstOrDefault(d => d.ContainsTag(ExifDirectoryBase.TagDateTimeOriginal));
        if (!DateTime.TryParseExact(exif?.GetString(ExifDirectoryBase.TagDateTimeOriginal)?.Trim(), "yyyy:MM:dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var shown))
            return null;
        return DateTimeOffset.TryParseExact(shown.ToString("s", CultureInfo.InvariantCulture) + exif!.GetString(ExifDirectoryBase.TagTimeZoneOriginal)?.Trim(),
            "yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out var exact)
            ? exact.ToUniversalTime()
            : Paris.At(DateOnly.FromDateTime(shown), TimeOnly.FromDateTime(shown));
    }
}
