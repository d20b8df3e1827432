using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Tapwork.Benchmarks;

/// <summary>The sandbox as a process of its own over loopback, fresh for every run, and a bare client of it.</summary>
internal sealed class SandboxChild : IAsyncDisposable
{
    private readonly Child _process;
    private readonly string _folder;
    private readonly HttpClient _http;

    private SandboxChild(Child process, string folder, string address)
    {
        (_process, _folder, Address) = (process, folder, address);
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false });
    }

    public string Address { get; }

    public string Symphonics => Address + "/sandbox/symphonics";

    public static async Task<SandboxChild> StartAsync(int callsPerMinute = 0)
    {
        var folder = Directory.CreateTempSubdirectory("tapwork-bench-sandbox-").FullName;
        var process = Child.StartDotnet("Tapwork.Web.dll", "sandbox", "--urls", "http://127.0.0.1:0",
            "--Sandbox:CallsPerMinute", $"{callsPerMinute}", "--Sandbox:CallsPerDay", "0", "--Sandbox:FetchFiles", "false", "--Sandbox:SmtpPort", "-1",
            "--Sandbox:Folder", folder);
        var line = await process.LineAsync(said => said.StartsWith("sandbox listening on ", StringComparison.Ordinal), TimeSpan.FromSeconds(60));
        return new SandboxChild(process, folder, line["sandbox listening on ".Length..].Trim());
    }

    /// <summary>Signs the bare client in.</summary>
    public async Task SignInAsync()
    {
        using var answer = await _http.PostAsync(Symphonics + "/auth/token", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = "sandbox-client",
            ["client_secret"] = "sandbox-secret",
        }));
        var token = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonObject>();
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token!["access_token"]!.GetValue<string>());
    }

    /// <summary>One submission and its answer, nothing else.</summary>
    public async Task PostAsync(Submission submission)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Symphonics + "/crm/interventions") { Content = new ByteArrayContent(submission.Body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", submission.ExternalId);
        using var answer = await _http.SendAsync(request);
        await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }

    public async Task GetAsync(string path)
    {
        using var answer = await _http.GetAsync(Symphonics + path);
        await answer.Content.ReadAsByteArrayAsync();
    }

    /// <summary>Makes every call below this area late.</summary>
    public async Task SlowAsync(string area, int milliseconds)
    {
        using var answer = await _http.PostAsJsonAsync(Address + "/sandbox/api/faults", new { area, delayMilliseconds = milliseconds, rates = new Dictionary<string, double> { ["Slow"] = 1 } });
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>The whole in figures.</summary>
    public async Task<JsonObject> StateAsync() => (await _http.GetFromJsonAsync<JsonObject>(Address + "/sandbox/api/state"))!;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>A dossier as it goes over the wire.</summary>
internal sealed record Submission(string ExternalId, byte[] Body);
