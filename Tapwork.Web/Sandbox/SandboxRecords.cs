namespace Tapwork.Web.Sandbox;

/// <summary>One call, as it came.</summary>
public sealed record Arrival(int Number, DateTimeOffset At, string Method, string Path, string? Body, Fault Fault)
{
    /// <summary>Null while unanswered, and for a connection that was cut.</summary>
    public int? Status { get; set; }
}

/// <summary>A dossier the stand-in has accepted.</summary>
public sealed record SandboxDossier(string Id, string ExternalId, string Body, DateTimeOffset AcceptedAt)
{
    public string Status { get; set; } = "received";

    public DateTimeOffset UpdatedAt { get; set; } = AcceptedAt;

    public List<SandboxFile> Files { get; init; } = [];
}

/// <summary>A file a dossier named, and whether it is what it should be.</summary>
public sealed record SandboxFile(string Kind, string Url, string Sha256)
{
    /// <summary>Null until fetched.</summary>
    public bool? IsRight { get; set; }

    public long Bytes { get; set; }

    public string? Error { get; set; }
}

/// <summary>A dossier that a partner's stand-in has accepted.</summary>
public sealed record SandboxPartnerDossier(string Partner, string ExternalId, string Id, string Body);

/// <summary>An event an endpoint's stand-in was told of.</summary>
/// <param name="Id"><c>webhook-id</c></param>
/// <param name="Arrivals">How often it came, under the same id.</param>
public sealed record SandboxMessage(string Endpoint, string Id, string Timestamp, string Signatures, string Body, DateTimeOffset At, int Arrivals = 1);

/// <param name="Text">Of the body.</param>
/// <param name="Arrivals">How often it came, under the same Message-ID.</param>
public sealed record SandboxMail(string MessageId, string From, string To, string Subject, string Text, DateTimeOffset At, int Arrivals = 1)
{
    public string? Html { get; init; }
}

/// <summary>What came in, counted. Thread-safe.</summary>
public sealed class ArrivalCounts
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Fault, int> _byFault = [];

    /// <summary>Submissions of dossiers, before any deduplication.</summary>
    public int Submissions { get; private set; }

    /// <summary>Of those, the ones that met no fault.</summary>
    public int SubmissionsWithoutFault { get; private set; }

    public int Accepted201 { get; private set; }

    public int Repeats409 { get; private set; }

    public int RateLimited429 { get; private set; }

    public IReadOnlyDictionary<Fault, int> ByFault
    {
        get
        {
            lock (_lock)
                return new Dictionary<Fault, int>(_byFault);
        }
    }

    internal void Arrived(Fault fault, string path)
    {
        lock (_lock)
        {
            if (path != "/crm/interventions")
                return;
            Submissions++;
            _byFault[fault] = _byFault.GetValueOrDefault(fault) + 1;
            if (fault == Fault.None)
                SubmissionsWithoutFault++;
        }
    }

    internal void Answered(Arrival arrival)
    {
        lock (_lock)
        {
            if (arrival.Status == 429)
                RateLimited429++;
            if (arrival.Path != "/crm/interventions" || arrival.Method != "POST")
                return;
            if (arrival.Status == 201)
                Accepted201++;
            else if (arrival is { Status: 409, Fault: not Fault.Conflict409 })
                Repeats409++;
        }
    }
}
