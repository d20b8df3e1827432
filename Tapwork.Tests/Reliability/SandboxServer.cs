using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tapwork.Tests.Shell;
using Tapwork.Web.Sandbox;

namespace Tapwork.Tests.Reliability;

/// <summary>The sandbox in a process of its own, without a rate limit, steered and asked over its own interface.</summary>
internal sealed class SandboxServer : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };
    private readonly ChildProcess _process;
    private readonly HttpClient _http;

    private SandboxServer(ChildProcess process, string address) => (_process, _http) = (process, new HttpClient { BaseAddress = new Uri(address) });

    public string Symphonics => $"{_http.BaseAddress!.ToString().TrimEnd('/')}{SandboxSetup.SymphonicsPath}";

    public static async Task<SandboxServer> StartAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        var process = ChildProcess.Start(folder, new Dictionary<string, string?> { ["ASPNETCORE_URLS"] = null }, TapworkApp.WebAssembly, "sandbox",
            "--urls", "http://127.0.0.1:0", "--Sandbox:Folder", folder, "--Sandbox:SmtpPort", "-1", "--Sandbox:CallsPerMinute", "0", "--Sandbox:CallsPerDay", "0");
        try
        {
            return new SandboxServer(process, await process.SaysAsync("sandbox listening on "));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public async Task BehaveAsync(FaultPlan plan) => (await _http.PostAsJsonAsync("/sandbox/api/faults", plan, Json)).EnsureSuccessStatusCode();

    public async Task<SandboxState> StateAsync() => (await _http.GetFromJsonAsync<SandboxState>("/sandbox/api/state", Json))!;

    public async Task<IReadOnlyList<SandboxDossier>> DossiersAsync() => (await _http.GetFromJsonAsync<List<SandboxDossier>>("/sandbox/api/dossiers", Json))!;

    /// <summary>Every submission that came whole, before any was recognised as a repeat.</summary>
    public async Task<IReadOnlyList<Arrival>> SubmissionsAsync()
    {
        var all = new List<Arrival>();
        var after = 0;
        while ((await _http.GetFromJsonAsync<List<Arrival>>($"/sandbox/api/arrivals?after={after}", Json))! is { Count: > 0 } page)
        {
            all.AddRange(page.Where(a => a is { Method: "POST", Path: "/crm/interventions" }));
            after = page.Max(a => a.Number);
        }
        return all;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
    }
}
