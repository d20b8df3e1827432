using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Notifications;

/// <summary>Somebody who is told: with an active account, or at an address alone.</summary>
/// <param name="Role">Null without an account: told by mail only.</param>
internal sealed record Recipient(Guid Id, string Name, string Email, Role? Role)
{
    public bool HasAccount => Role is not null;

    /// <summary>Somebody without an account; the same address is always the same recipient.</summary>
    public static Recipient Outside(string email) => new(new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(email.ToLowerInvariant())).AsSpan(0, 16)), email, email, null);
}

/// <summary>Who is at a mail address: an active account, nobody where the account there has ended, else somebody without one.</summary>
internal sealed class Addresses
{
    private readonly Dictionary<string, Recipient> _active;
    private readonly HashSet<string> _known;

    private Addresses(IReadOnlyList<Recipient> people, IReadOnlyList<string> known) =>
        (_active, _known) = (people.ToDictionary(p => p.Email, StringComparer.OrdinalIgnoreCase), known.ToHashSet(StringComparer.OrdinalIgnoreCase));

    /// <param name="people">The active accounts.</param>
    public static async Task<Addresses> OfAsync(TapworkDbContext db, IReadOnlyList<Recipient> people, CancellationToken cancel) =>
        new(people, await db.People.Select(p => p.Email).ToListAsync(cancel));

    /// <summary>Whoever is to be told at these.</summary>
    public IEnumerable<Recipient> At(IEnumerable<string?> emails)
    {
        foreach (var email in emails.OfType<string>().Where(e => e.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase))
            if (_active.TryGetValue(email, out var person))
                yield return person;
            else if (!_known.Contains(email))
                yield return Recipient.Outside(email);
    }
}
