using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Tapwork.Infrastructure.Accounts;

/// <summary>A browser a person has signed in with. Strangers' wrong passwords do not keep the person out there.</summary>
/// <param name="Stamp">Of the secrets at that time: after a new password the device is known once it signs in again.</param>
public sealed record KnownDevice(Guid PersonId, Guid Id, string Stamp)
{
    /// <param name="person">Who has signed in.</param>
    /// <param name="id">Of the device, where it is known for the person already.</param>
    public static KnownDevice Of(SignedIn person, Guid? id) => new(person.Id, id ?? Guid.NewGuid(), StampOf(person.Stamp));

    internal bool IsOf(Login login) => login.Id == PersonId && login.SecurityStamp is { } stamp && StampOf(stamp) == Stamp;

    private static string StampOf(string securityStamp) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(securityStamp)).AsSpan(..8));
}

/// <summary>Wrong passwords by known device: after five a device is as any other for a quarter of an hour. Counts in this process; a stolen device is tried at one instance.</summary>
internal sealed class DeviceTries(TimeProvider clock)
{
    public const int Max = 5;

    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<Guid, (int Count, DateTimeOffset Until)> _tries = new();

    /// <summary>Counts a try before it is known how it ends, so that tries at the same time each count.</summary>
    /// <returns>Whether there were too many.</returns>
    public bool AreSpent(Guid device)
    {
        var now = clock.GetUtcNow();
        return _tries.AddOrUpdate(device, _ => (1, now + Pause), (_, known) => known.Until <= now ? (1, now + Pause) : (known.Count + 1, known.Until)).Count > Max;
    }

    public void Forget(Guid device) => _tries.TryRemove(device, out _);
}
