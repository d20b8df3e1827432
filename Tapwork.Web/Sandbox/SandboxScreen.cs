using Microsoft.AspNetCore.Components;
using Tapwork.Web.Controls;

namespace Tapwork.Web.Sandbox;

/// <summary>A page on what the sandbox holds: it is not there where the sandbox is off, and follows what arrives.</summary>
public abstract class SandboxScreen : Screen
{
    private static readonly TimeSpan Quietest = TimeSpan.FromMilliseconds(500);
    private int _isWaiting;

    [Inject] private IServiceProvider Services { get; set; } = null!;

    /// <summary>Null where the sandbox is off.</summary>
    protected SandboxStore? Store { get; private set; }

    protected T Need<T>() where T : notnull => Services.GetRequiredService<T>();

    protected override void OnInitialized()
    {
        Store = Services.GetService<SandboxStore>();
        if (Store is not { } store)
            return;
        store.Changed += OnChanged;
        Gone.Register(() => store.Changed -= OnChanged);
    }

    /// <summary>Reads the store anew.</summary>
    protected virtual void Refresh() { }

    // At most twice a second, however much arrives.
    private void OnChanged()
    {
        if (Interlocked.Exchange(ref _isWaiting, 1) == 0)
            _ = HearAsync(async () =>
            {
                await Task.Delay(Quietest, Clock, Gone);
                Interlocked.Exchange(ref _isWaiting, 0);
                Refresh();
            });
    }
}
