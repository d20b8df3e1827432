using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;

namespace Tapwork.Web.Sandbox;

/// <summary>All that arrived, in memory and in a journal that is read again at the next start. Written in the background: an arrival waits for no disk.</summary>
public sealed class SandboxStore : BackgroundService
{
    private const int ArrivalsShown = 20_000;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private readonly Channel<JournalLine> _journal = Channel.CreateUnbounded<JournalLine>(new() { SingleReader = true });
    private readonly ConcurrentQueue<Arrival> _arrivals = new();
    private readonly string _path;
    private readonly TimeProvider _clock;
    private int _sequence;

    public SandboxStore(SandboxSettings settings, TimeProvider clock)
    {
        _clock = clock;
        _path = Path.Combine(Directory.CreateDirectory(settings.Folder).FullName, "journal.jsonl");
        Load();
    }

    /// <summary>By external id; the first arrival of each.</summary>
    public ConcurrentDictionary<string, SandboxDossier> Dossiers { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, SandboxMail> Mails { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<(string Partner, string ExternalId), SandboxPartnerDossier> PartnerDossiers { get; } = new();

    /// <summary>By endpoint and <c>webhook-id</c>.</summary>
    public ConcurrentDictionary<(string Endpoint, string Id), SandboxMessage> Messages { get; } = new();

    public ArrivalCounts Counts { get; private set; } = new();

    public event Action? Changed;

    public IReadOnlyList<Arrival> Arrivals => [.. _arrivals];

    /// <summary>Keeps a call before anything is made of it.</summary>
    public Arrival Arrive(string method, string path, string? body, Fault fault)
    {
        var arrival = new Arrival(Interlocked.Increment(ref _sequence), _clock.GetUtcNow(), method, path, body, fault);
        _arrivals.Enqueue(arrival);
        while (_arrivals.Count > ArrivalsShown && _arrivals.TryDequeue(out _))
        {
        }
        Counts.Arrived(fault, path);
        return arrival;
    }

    /// <summary>Notes what a call was answered; null when the connection was cut.</summary>
    public void Answered(Arrival arrival, int? status)
    {
        arrival.Status = status;
        Counts.Answered(arrival);
        Write("arrival", arrival);
    }

    public bool TryAdd(SandboxDossier dossier)
    {
        if (!Dossiers.TryAdd(dossier.ExternalId, dossier))
            return false;
        Write("dossier", dossier);
        return true;
    }

    public bool TryAdd(string partner, string externalId, SandboxPartnerDossier dossier)
    {
        if (!PartnerDossiers.TryAdd((partner, externalId), dossier))
            return false;
        Write("partner-dossier", dossier);
        return true;
    }

    public void Add(SandboxMessage message) =>
        Write("message", Messages.AddOrUpdate((message.Endpoint, message.Id), message, (_, known) => message with { Arrivals = known.Arrivals + 1 }));

    public void Changes(SandboxDossier dossier) => Write("dossier", dossier);

    public void Add(SandboxMail mail)
    {
        var kept = Mails.AddOrUpdate(mail.MessageId, mail, (_, known) => known with { Arrivals = known.Arrivals + 1 });
        Write("mail", kept);
    }

    public void Reset()
    {
        Dossiers.Clear();
        Mails.Clear();
        PartnerDossiers.Clear();
        Messages.Clear();
        _arrivals.Clear();
        Counts = new ArrivalCounts();
        Write("reset", new object());
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var file = new StreamWriter(new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read));
        try
        {
            while (await _journal.Reader.WaitToReadAsync(stoppingToken))
            {
                while (_journal.Reader.TryRead(out var line))
                    await file.WriteLineAsync(JsonSerializer.Serialize(line, Json));
                await file.FlushAsync(stoppingToken);
                Changed?.Invoke();
            }
        }
        catch (OperationCanceledException)
        {
            while (_journal.Reader.TryRead(out var line))
                await file.WriteLineAsync(JsonSerializer.Serialize(line, Json));
        }
    }

    private void Write(string kind, object what) => _journal.Writer.TryWrite(new JournalLine(kind, JsonSerializer.SerializeToElement(what, Json)));

    private void Load()
    {
        if (!File.Exists(_path))
            return;
        foreach (var text in File.ReadLines(_path))
        {
            // The last line may have been cut by a kill.
            if (!TryRead(text, out var line))
                continue;
            switch (line.Kind)
            {
                case "arrival" when line.What.Deserialize<Arrival>(Json) is { } arrival:
                    _sequence = Math.Max(_sequence, arrival.Number);
                    _arrivals.Enqueue(arrival);
                    Counts.Arrived(arrival.Fault, arrival.Path);
                    Counts.Answered(arrival);
                    break;
                case "dossier" when line.What.Deserialize<SandboxDossier>(Json) is { } dossier:
                    Dossiers[dossier.ExternalId] = dossier;
                    break;
                case "mail" when line.What.Deserialize<SandboxMail>(Json) is { } mail:
                    Mails[mail.MessageId] = mail;
                    break;
                case "partner-dossier" when line.What.Deserialize<SandboxPartnerDossier>(Json) is { } given:
                    PartnerDossiers[(given.Partner, given.ExternalId)] = given;
                    break;
                case "message" when line.What.Deserialize<SandboxMessage>(Json) is { } message:
                    Messages[(message.Endpoint, message.Id)] = message;
                    break;
                case "reset":
                    Dossiers.Clear();
                    Mails.Clear();
                    PartnerDossiers.Clear();
                    Messages.Clear();
                    _arrivals.Clear();
                    Counts = new ArrivalCounts();
                    break;
            }
        }
    }

    private static bool TryRead(string text, out JournalLine line)
    {
        try
        {
            line = JsonSerializer.Deserialize<JournalLine>(text, Json)!;
            return true;
        }
        catch (JsonException)
        {
            line = null!;
            return false;
        }
    }

    private sealed record JournalLine(string Kind, JsonElement What);
}
