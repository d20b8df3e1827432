using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Auditing;

/// <summary>A sealed trail of companies, and what a database administrator does to it.</summary>
internal static class TamperedTrail
{
    private static readonly Actor Someone = new(Guid.CreateVersion7(), "Claire Martin", Role.Office, null, "192.0.2.7", "Firefox", Actor.NewCorrelationId());

    private static readonly string[] Columns =
        ["At", "ActorId", "ActorName", "Role", "Ip", "UserAgent", "CorrelationId", "Cause", "Action", "RecordType", "RecordId", "RecordVersion", "Changes", "Salts", "KeyId", "Mac"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static T Get<T>(this TestDatabase database) where T : notnull => database.Services.Value.GetRequiredService<T>();

    public static async Task<TestDatabase> SealedAsync(DatabaseProvider provider, int companies)
    {
        var database = await TestDatabase.CreateAsync(provider);
        await database.RegisterAsync(companies);
        await database.SealAsync();
        return database;
    }

    /// <summary>One entry each.</summary>
    public static async Task RegisterAsync(this TestDatabase database, int companies)
    {
        await using var reading = database.Open();
        var first = await reading.Companies.CountAsync(Cancel);
        for (var number = first; number < first + companies; number++)
            await database.Database.WriteAsync(Someone, db => Task.FromResult(db.Companies.Add(Company.Register($"Société {number}", Given.Siret(number), Given.Now))), Cancel);
    }

    public static async Task<int> SealAsync(this TestDatabase database)
    {
        var count = 0;
        while (await database.Get<AuditSealer>().SealAsync(Cancel) is > 0 and var some)
            count += some;
        return count;
    }

    public static Task<AuditVerdict> VerifyAsync(this TestDatabase database, IProgress<(long Done, long Expected)>? progress = null) =>
        database.Get<AuditVerification>().ReadAsync(Actor.System("test"), progress, Cancel);

    public static async Task<List<(AuditFault Fault, long? Sequence)>> FaultsAsync(this TestDatabase database) =>
        [.. (await database.VerifyAsync()).Findings.Select(f => (f.Fault, f.Sequence))];

    /// <summary>The id of the record that the entry of that sequence is about.</summary>
    public static async Task<string> RecordAsync(this TestDatabase database, long sequence)
    {
        await using var db = database.Open();
        return await db.AuditEntries.Where(e => e.Sequence == sequence).Select(e => e.RecordId).SingleAsync(Cancel);
    }

    public static async Task<int> EraseAsync(this TestDatabase database, long sequence, params string[] fields)
    {
        var record = await database.RecordAsync(sequence);
        await using var db = database.Open();
        var admin = await db.People.FirstOrDefaultAsync(p => p.Role == Role.Admin, Cancel);
        if (admin is null)
        {
            admin = Person.Create("Anne Admin", "anne@tapwork.example", Role.Admin, null, "fr", Given.Now);
            await database.Database.WriteAsync(Someone, other => Task.FromResult(other.People.Add(admin)), Cancel);
        }
        var actor = new Actor(admin.Id, admin.Name, admin.Role, null, "192.0.2.8", "Firefox", Actor.NewCorrelationId());
        return await database.Get<AuditErasure>().EraseAsync(actor, nameof(Company), record, fields.Length == 0 ? null : fields.ToHashSet(), Cancel);
    }

    /// <summary>What the product does to erase, done by somebody who holds only the database.</summary>
    public static Task EraseByHandAsync(this TestDatabase database, long sequence, string? field = null, Func<string, string>? write = null) => database.RewriteAsync(sequence, entry =>
    {
        var (changes, salts, _) = AuditChanges.Erase(entry.Changes, entry.Salts, field is null ? null : new HashSet<string> { field });
        return (write?.Invoke(changes) ?? changes, salts);
    });

    public static async Task RewriteAsync(this TestDatabase database, long sequence, Func<AuditEntry, (string Changes, byte[] Salts)> write)
    {
        await using var db = database.Open();
        var (changes, salts) = write(await db.AuditEntries.AsNoTracking().SingleAsync(e => e.Sequence == sequence, Cancel));
        await db.AuditEntries.Where(e => e.Sequence == sequence).ExecuteUpdateAsync(e => e.SetProperty(x => x.Changes, changes).SetProperty(x => x.Salts, salts), Cancel);
    }

    /// <summary>Inserts a copy of an entry, unsealed unless it is given a place.</summary>
    public static Task CopyAsync(this TestDatabase database, long sequence, long? to = null, long? id = null)
    {
        var columns = Quoted;
        return database.ExecuteAsync($"""
            INSERT INTO "AuditEntries" ({(id is null ? "" : "\"Id\", ")}"Sequence", "Hash", {columns})
            SELECT {(id is null ? "" : $"{id}, ")}{to?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "NULL"}, {(to is null ? "NULL" : "\"Hash\"")}, {columns}
            FROM "AuditEntries" WHERE "Sequence" = {sequence}
            """);
    }

    /// <summary>Inserts a copy of each entry that is not sealed yet.</summary>
    public static Task CopyUnsealedAsync(this TestDatabase database) => database.ExecuteAsync(
        $"""INSERT INTO "AuditEntries" ({Quoted}) SELECT {Quoted} FROM "AuditEntries" WHERE "Sequence" IS NULL""");

    private static string Quoted => string.Join(", ", Columns.Select(c => $"\"{c}\""));

    public static async Task ExecuteAsync(this TestDatabase database, string statement)
    {
        // As it stands: braces are the values' own.
        await using var db = database.Open();
        await db.Database.OpenConnectionAsync(Cancel);
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = statement;
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
