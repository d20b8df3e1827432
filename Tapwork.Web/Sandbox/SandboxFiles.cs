using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Tapwork.Web.Sandbox;

/// <summary>Fetches the files a dossier names, as the partner would, and checks each against its SHA-256.</summary>
public sealed class SandboxFiles(SandboxSettings settings, SandboxStore store, TimeProvider clock) : BackgroundService
{
    private const int AtOnce = 4;

    // Two minutes: as long as an application is away at most that is frozen, killed and started again.
    private static readonly int[] WaitsInSeconds = [0, 1, 2, 4, .. Enumerable.Repeat(8, 14)];

    private readonly Channel<SandboxDossier> _wanted = Channel.CreateUnbounded<SandboxDossier>();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(15) };

    /// <summary>Asks for what is not there yet.</summary>
    public void Fetch(SandboxDossier dossier)
    {
        if (settings.FetchFiles)
            _wanted.Writer.TryWrite(dossier);
    }

    public static List<SandboxFile> NamedIn(JsonObject dossier) =>
    [
        .. from list in (string[])["documents", "photos"]
           from file in dossier[list] as JsonArray ?? []
           select new SandboxFile($"{list}/{file?["type"]}", file?["url"]?.ToString() ?? "", file?["sha256"]?.ToString() ?? ""),
    ];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => WorkAsync(stoppingToken)));

    private async Task WorkAsync(CancellationToken cancel)
    {
        try
        {
            await foreach (var dossier in _wanted.Reader.ReadAllAsync(cancel))
            {
                List<SandboxFile> missing;
                lock (dossier)
                    missing = dossier.Files.FindAll(f => f.IsRight is null);
                foreach (var file in missing)
                    await FetchAsync(file, cancel);
                store.Changes(dossier);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task FetchAsync(SandboxFile file, CancellationToken cancel)
    {
        foreach (var wait in WaitsInSeconds)
        {
            await Task.Delay(TimeSpan.FromSeconds(wait), clock, cancel);
            try
            {
                await using var content = await _http.GetStreamAsync(file.Url, cancel);
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                var buffer = new byte[65536];
                int read;
                file.Bytes = 0;
                while ((read = await content.ReadAsync(buffer, cancel)) > 0)
                {
                    hash.AppendData(buffer, 0, read);
                    file.Bytes += read;
                }
                file.IsRight = Convert.ToHexStringLower(hash.GetHashAndReset()) == file.Sha256;
                file.Error = null;
                return;
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                file.Error = e.Message;
            }
        }
    }
}
