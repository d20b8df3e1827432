namespace Tapwork.Core.Documents;

public enum PhotoKind
{
    Before,
    After,
    Application,
    Meter,
    IncomeProof,
}

/// <summary>Where the position of a photo comes from.</summary>
public enum GeotagSource
{
    Browser,
    Exif,
}

/// <param name="Latitude">Degrees, WGS 84.</param>
/// <param name="Longitude">Degrees, WGS 84.</param>
/// <param name="Accuracy">Metres, at most 100; null when the source does not tell.</param>
public sealed record Geotag(double Latitude, double Longitude, double? Accuracy, GeotagSource Source);

/// <summary>Evidence of the work: a picture with its place and time.</summary>
public sealed class Photo : Entity
{
    private Photo() { }

    public Guid InterventionId { get; private set; }
    public PhotoKind Kind { get; private set; }
    public string Sha256 { get; private set; } = "";
    public long Size { get; private set; }
    public string ContentType { get; private set; } = "";
    public string Name { get; private set; } = "";
    public double Latitude { get; private set; }
    public double Longitude { get; private set; }
    public double? Accuracy { get; private set; }
    public GeotagSource GeotagSource { get; private set; }
    public DateTimeOffset TakenAt { get; private set; }
    public DateTimeOffset AddedAt { get; private set; }

    internal static Photo Take(Guid interventionId, PhotoKind kind, FileRef file, Geotag? geotag, DateTimeOffset? takenAt, DateTimeOffset now)
    {
        var broken = new List<Violation>();
        if (file.ContentType is not ("image/jpeg" or "image/png"))
            broken.Add(new Violation("photo.not_an_image", nameof(Photo)));
        if (file.Size > FileContent.LargestPhoto)
            broken.Add(new Violation("photo.too_large", nameof(Photo), FileContent.LargestPhoto / 1_000_000));
        if (geotag is null)
            broken.Add(new Violation("photo.position_missing", nameof(Photo)));
        else if (geotag.Accuracy > 100)
            broken.Add(new Violation("photo.position_inaccurate", nameof(Photo), geotag.Accuracy));
        else if (Math.Abs(geotag.Latitude) > 90 || Math.Abs(geotag.Longitude) > 180)
            broken.Add(new Violation("photo.position_missing", nameof(Photo)));
        if (takenAt is null)
            broken.Add(new Violation("photo.time_missing", nameof(Photo)));
        else if (takenAt > now.AddMinutes(10))
            broken.Add(new Violation("photo.time_in_future", nameof(Photo)));
        RuleViolation.ThrowIfAny(broken);
        return new Photo
        {
            InterventionId = interventionId,
            Kind = kind,
            Sha256 = file.Sha256,
            Size = file.Size,
            ContentType = file.ContentType,
            Name = file.Name,
            Latitude = geotag!.Latitude,
            Longitude = geotag.Longitude,
            Accuracy = geotag.Accuracy,
            GeotagSource = geotag.Source,
            TakenAt = takenAt!.Value,
            AddedAt = now,
        };
    }
}
