using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Tapwork.Tests.Reliability;

/// <summary>The way to a server, on a loopback port of its own: it can be cut, and then refuses until it is mended.</summary>
internal sealed class CuttableConnection(string host, int port) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Socket, byte> _open = new();
    private readonly IPEndPoint _address = new(IPAddress.Loopback, Shell.TapworkApp.FreePort());
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;

    public int Port => _address.Port;

    public void Mend()
    {
        _listener = new TcpListener(_address);
        _listener.Start();
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>Resets what is open and refuses what comes.</summary>
    public async Task CutAsync()
    {
        _listener?.Dispose();
        await _accepting;
        foreach (var socket in _open.Keys)
            socket.Close(0);
        _open.Clear();
    }

    public async ValueTask DisposeAsync() => await CutAsync();

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
                _ = CarryAsync(await listener.AcceptSocketAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }

    private async Task CarryAsync(Socket near)
    {
        var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        near.NoDelay = true;
        _open[near] = _open[far] = 0;
        try
        {
            await far.ConnectAsync(host, port);
            await Task.WhenAny(PumpAsync(near, far), PumpAsync(far, near));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
        near.Close(0);
        far.Close(0);
        _open.TryRemove(near, out _);
        _open.TryRemove(far, out _);
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        try
        {
            var buffer = new byte[65536];
            while (await from.ReceiveAsync(buffer) is > 0 and var read)
                for (var sent = 0; sent < read;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }
}
