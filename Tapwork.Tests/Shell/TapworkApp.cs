using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Tapwork.Tests.Shell;

/// <summary>The real application in a process of its own, on a free loopback port, with folders of its own; gone with the test.</summary>
public sealed class TapworkApp : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly ConcurrentQueue<string> _output = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("tapwork-app-").FullName;
    private readonly TaskCompletionSource _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;

    private TapworkApp(string environment, IReadOnlyDictionary<string, string?> settings)
    {
        Address = $"http://127.0.0.1:{FreePort()}";
        var start = new ProcessStartInfo("dotnet", [WebAssembly])
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        var all = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = environment,
            ["ASPNETCORE_URLS"] = null,
            ["Urls"] = Address,
            ["PublicBaseUrl"] = Address,
            ["Database:ConnectionString"] = $"Data Source={DatabaseFile}",
            ["Files:Folder"] = Path.Combine(_folder, "files"),
            ["Sandbox:Folder"] = Path.Combine(_folder, "sandbox"),
            ["Sandbox:SmtpPort"] = $"{FreePort()}",
            ["Accounts:AttemptsPerMinute"] = "10000",
        };
        foreach (var (name, value) in settings)
            all[name] = value;
        foreach (var (name, value) in all)
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, e) => Heard(e.Data);
        _process.ErrorDataReceived += (_, e) => Heard(e.Data);
        _process.Exited += (_, _) => _listens.TrySetException(new InvalidOperationException($"the application ended:\n{Output}"));
    }

    public string Address { get; }

    /// <summary>Its SQLite file.</summary>
    public string DatabaseFile => Path.Combine(_folder, "tapwork.db");

    /// <summary>Everything it has printed.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Starts what is to end by itself, and waits for that.</summary>
    /// <returns>The exit code and everything it printed.</returns>
    public static async Task<(int Code, string Output)> RunToEndAsync(IReadOnlyDictionary<string, string?> settings, string environment)
    {
        var app = new TapworkApp(environment, settings);
        app._process.Start();
        app._process.BeginOutputReadLine();
        app._process.BeginErrorReadLine();
        try
        {
            await app._process.WaitForExitAsync().WaitAsync(Patience);
            return (app._process.ExitCode, app.Output);
        }
        finally
        {
            await app.DisposeAsync();
        }
    }

    /// <summary>The assembly as the solution's build left it, with its static files' manifests beside it.</summary>
    public static string WebAssembly { get; } = Path.Combine(
        Root, "Tapwork.Web", "bin", AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug",
        "net10.0", "Tapwork.Web.dll");

    /// <summary>The repository's root.</summary>
    public static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Tapwork.sln")))
                folder = folder.Parent;
            return folder?.FullName ?? throw new InvalidOperationException("the tests do not lie in the repository");
        }
    }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended instead; the message holds what it printed.</exception>
    public static async Task<TapworkApp> StartAsync(IReadOnlyDictionary<string, string?>? settings = null, string environment = "Development")
    {
        var app = new TapworkApp(environment, settings ?? new Dictionary<string, string?>());
        try
        {
            app._process.Start();
            app._process.BeginOutputReadLine();
            app._process.BeginErrorReadLine();
            await app._listens.Task.WaitAsync(Patience);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>The code for the first account; it is printed after the line that says where the application listens.</summary>
    public async Task<string> SetupCodeAsync()
    {
        while (true)
        {
            if (Regex.Match(Output, "with the code (\\S{14})") is { Success: true } match)
                return match.Groups[1].Value;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Heard(string? line)
    {
        if (line is null)
            return;
        _output.Enqueue(line);
        if (line.StartsWith("Tapwork is at", StringComparison.Ordinal))
            _listens.TrySetResult();
    }
}
