using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Tapwork.Tests.Reliability;

/// <summary>A real process of ours: spoken to by lines, killed and frozen as the operating system does it.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int Stop = 19, Continue = 18;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    private ChildProcess(Process process) => _process = process;

    /// <summary>The last of what it printed.</summary>
    public string Output => string.Join('\n', _output.TakeLast(40));

    public static ChildProcess Start(string folder, IReadOnlyDictionary<string, string?> settings, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings)
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        var child = new ChildProcess(new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, e) => child.Heard(e.Data, isError: false);
        child._process.ErrorDataReceived += (_, e) => child.Heard(e.Data, isError: true);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Waits for the next line that begins so.</summary>
    /// <returns>What follows the beginning.</returns>
    /// <exception cref="InvalidOperationException">It ended without saying it; the message holds what it printed.</exception>
    public async Task<string> SaysAsync(string beginning)
    {
        using var over = new CancellationTokenSource(Patience);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(over.Token))
                if (line.StartsWith(beginning, StringComparison.Ordinal))
                    return line[beginning.Length..].Trim();
        }
        catch (OperationCanceledException)
        {
            throw new InvalidOperationException($"it did not say '{beginning}' within {Patience}:\n{Output}");
        }
        throw new InvalidOperationException($"it ended without saying '{beginning}':\n{Output}");
    }

    public Task TellAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    /// <summary>SIGKILL: nothing is finished, nothing tidied up.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: it holds all it has, and does nothing.</summary>
    public void Freeze() => kill(_process.Id, Stop).ShouldBe(0);

    /// <summary>SIGCONT: it goes on as if no time had passed.</summary>
    public void Thaw() => kill(_process.Id, Continue).ShouldBe(0);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private void Heard(string? line, bool isError)
    {
        if (line is null)
        {
            if (!isError)
                _lines.Writer.TryComplete();
            return;
        }
        _output.Enqueue(line);
        if (!isError)
            _lines.Writer.TryWrite(line);
    }

#pragma warning disable IDE1006, CA1416 // the name is the C library's
    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int process, int signal);
#pragma warning restore IDE1006, CA1416
}
