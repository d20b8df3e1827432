using System.Diagnostics;

namespace Tapwork.Benchmarks;

/// <summary>A process of ours: its lines are read as they come, and it ends with the benchmark.</summary>
internal sealed class Child : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<(Func<string, bool> Wanted, TaskCompletionSource<string> Found)> _waiting = [];
    private readonly List<string> _lines = [];

    private Child(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    public static Child Start(string program, IEnumerable<string> arguments, string? folder = null, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder ?? "",
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var child = new Child(new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, e) => child.Hear(e.Data);
        child._process.ErrorDataReceived += (_, e) => child.Hear(e.Data);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs a .NET program of this folder.</summary>
    public static Child StartDotnet(string assembly, params IEnumerable<string> arguments) =>
        Start("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly), .. arguments], AppContext.BaseDirectory);

    /// <summary>The first line, said already or to come, that is wanted.</summary>
    public async Task<string> LineAsync(Func<string, bool> wanted, TimeSpan patience)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_lines.Find(line => wanted(line)) is { } said)
                return said;
            _waiting.Add((wanted, found));
        }
        try
        {
            return await found.Task.WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"{_process.StartInfo.FileName} did not say it in time; it said: {string.Join('\n', Lines)}");
        }
    }

    /// <summary>Asks it to end by a signal, and waits; one that takes longer is killed on disposal.</summary>
    public async Task StopAsync(string signal, TimeSpan patience)
    {
        if (!_process.HasExited)
            await RunAsync("kill", $"-{signal}", $"{_process.Id}");
        await Task.WhenAny(_process.WaitForExitAsync(), Task.Delay(patience));
    }

    public static async Task RunAsync(string program, params string[] arguments)
    {
        await using var child = Start(program, arguments);
        await child._process.WaitForExitAsync();
        if (child._process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {string.Join('\n', child.Lines)}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null)
            return;
        lock (_lock)
        {
            _lines.Add(line);
            foreach (var (_, found) in _waiting.Where(w => w.Wanted(line)))
                found.TrySetResult(line);
        }
    }
}
