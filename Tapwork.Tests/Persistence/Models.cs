using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Persistence;

/// <summary>The three databases' models, built without a server.</summary>
public static class Models
{
    public static TheoryData<DatabaseProvider> All => [DatabaseProvider.Sqlite, DatabaseProvider.SqlServer, DatabaseProvider.PostgreSql];

    public static TapworkDbContext Context(DatabaseProvider provider) => provider switch
    {
        DatabaseProvider.Sqlite => new SqliteTapworkDbContext(new DbContextOptionsBuilder<SqliteTapworkDbContext>().UseSqlite("Data Source=:memory:").Options),
        DatabaseProvider.SqlServer => new SqlServerTapworkDbContext(new DbContextOptionsBuilder<SqlServerTapworkDbContext>().UseSqlServer("Server=.").Options),
        _ => new PostgreSqlTapworkDbContext(new DbContextOptionsBuilder<PostgreSqlTapworkDbContext>().UseNpgsql("Host=nowhere").Options),
    };

    /// <summary>The whole model, as migrations see it.</summary>
    public static IModel Of(DatabaseProvider provider)
    {
        using var db = Context(provider);
        return db.GetService<IDesignTimeModel>().Model;
    }
}
