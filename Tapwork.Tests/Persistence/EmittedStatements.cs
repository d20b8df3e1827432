using System.Collections.Concurrent;
using System.Data.Common;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Persistence;

/// <summary>
/// What the application would say to SQL Server: every method of Infrastructure that reads or writes is called on a connection without a server, with made-up
/// arguments and answers. What a method makes of them does not matter; its statements and queries are kept.
/// </summary>
internal sealed class EmittedStatements : ISaveChangesInterceptor, IDbConnectionInterceptor, IQueryExpressionInterceptor
{
    // A loop that waits for an empty answer is ended after so many statements.
    private const int MostOfOneCall = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly Lazy<Task<EmittedStatements>> Gathered = new(() => new EmittedStatements().GatherAsync());
    private static readonly Assembly Infrastructure = typeof(Database).Assembly;

    private readonly ConcurrentDictionary<string, string> _statements = new();
    private readonly ConcurrentDictionary<string, Expression> _queries = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("tapwork-emitted-").FullName;
    private (int Rows, bool HasNulls) _answer;
    private string _caller = "";
    private int _count;

    /// <summary>Each statement once, and a method that emits it.</summary>
    public IReadOnlyDictionary<string, string> Statements => _statements;

    /// <summary>Each query once, as its author wrote it.</summary>
    public IReadOnlyCollection<Expression> Queries => [.. _queries.Values];

    public static Task<EmittedStatements> AllAsync() => Gathered.Value;

    InterceptionResult<DbConnection> IDbConnectionInterceptor.ConnectionCreating(ConnectionCreatingEventData eventData, InterceptionResult<DbConnection> result) =>
        InterceptionResult<DbConnection>.SuppressWithResult(new RecordingConnection(Record, _answer.Rows, _answer.HasNulls));

    Expression IQueryExpressionInterceptor.QueryCompilationStarting(Expression queryExpression, QueryExpressionEventData eventData)
    {
        _queries.TryAdd(queryExpression.ToString(), queryExpression);
        return queryExpression;
    }

    private void Record(string statement)
    {
        _statements.TryAdd(statement, _caller);
        if (++_count > MostOfOneCall)
            throw new InvalidOperationException("enough");
    }

    private async Task<EmittedStatements> GatherAsync()
    {
        await using var services = Compose();
        var round = 0;
        foreach (var answer in ((int, bool)[])[(0, false), (1, false), (1, true)])
            foreach (var actor in (Actor[])[Actor.System("test"), new Actor(Guid.Parse("0199c000-0000-7000-8000-000000000001"), "Paul", Role.Installer, Guid.NewGuid(), null, null, "c1")])
                foreach (var hasValues in (bool[])[true, false])
                {
                    _answer = answer;
                    await using var scope = services.CreateAsyncScope();
                    await CallAllAsync(scope.ServiceProvider, new Arguments(scope.ServiceProvider, actor, hasValues, round++));
                }
        Directory.Delete(_folder, recursive: true);
        return this;
    }

    private ServiceProvider Compose()
    {
        var services = new ServiceCollection();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Database:Provider"] = "SqlServer",
            ["Database:ConnectionString"] = "Server=127.0.0.1,1;Connect Timeout=1",
            ["Files:Folder"] = Path.Combine(_folder, "files"),
            ["Audit:KeyFile"] = Path.Combine(_folder, "audit.json"),
            ["Audit:HeadsFile"] = Path.Combine(_folder, "heads.jsonl"),
            ["PublicBaseUrl"] = "http://127.0.0.1:1",
        }).Build();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddSingleton<IHostApplicationLifetime, NoLifetime>();
        services.AddSingleton<ISaveChangesInterceptor>(this);
        services.AddTapwork(configuration);
        // Jobs are called, not scheduled.
        foreach (var scheduled in services.Where(s => s.ServiceType.Namespace?.StartsWith("Hangfire", StringComparison.Ordinal) == true).ToList())
            services.Remove(scheduled);
        return services.BuildServiceProvider();
    }

    private async Task CallAllAsync(IServiceProvider services, Arguments arguments)
    {
        foreach (var type in Infrastructure.GetTypes().Where(t => t is { IsAbstract: false, IsGenericTypeDefinition: false, IsInterface: false } && !IsMachinery(t)))
            if (Find(services, type) is { } instance)
                foreach (var method in MethodsOf(type, BindingFlags.Instance))
                    await CallAsync(method, instance, arguments);
        foreach (var type in Infrastructure.GetTypes().Where(t => !t.IsGenericTypeDefinition && !IsMachinery(t)))
            foreach (var method in MethodsOf(type, BindingFlags.Static).Where(m => m.GetParameters().Any(p => p.ParameterType == typeof(TapworkDbContext))))
                await CallAsync(method, null, arguments);
    }

    // What only waits for others, and what makes the tables: the migrations have a test of their own.
    private static readonly HashSet<Type> Waiting = [typeof(SchemaUpgrade), typeof(DatabasePreparation), typeof(JobStorageInstaller), typeof(Database), typeof(WriteGate), typeof(Signal), typeof(OutcomeQueue)];

    private static bool IsMachinery(Type type) =>
        type.Namespace?.Contains("Migrations", StringComparison.Ordinal) == true || type.IsDefined(typeof(CompilerGeneratedAttribute)) || Waiting.Contains(type);

    private static IEnumerable<MethodInfo> MethodsOf(Type type, BindingFlags which) => type
        .GetMethods(which | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        .Where(m => !m.IsGenericMethodDefinition && m.Name is not ("RunLaneAsync" or "ExecuteAsync" or "StartAsync" or "StopAsync" or "DisposeAsync") && !m.Name.Contains('<', StringComparison.Ordinal)
            && (typeof(Task).IsAssignableFrom(m.ReturnType) || m.ReturnType.Name.StartsWith("ValueTask", StringComparison.Ordinal) || m.ReturnType.Name.StartsWith("IAsyncEnumerable", StringComparison.Ordinal)));

    private static object? Find(IServiceProvider services, Type type)
    {
        try
        {
            return services.GetService(type) ?? (type.GetConstructors().Length == 1 && !type.IsAssignableTo(typeof(Exception)) && !IsRecord(type) ? ActivatorUtilities.CreateInstance(services, type) : null);
        }
        catch (Exception e) when (e is InvalidOperationException or MissingMethodException or TargetInvocationException or ArgumentException or NullReferenceException)
        {
            return null;
        }
    }

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null;

    private async Task CallAsync(MethodInfo method, object? instance, Arguments arguments)
    {
        (_caller, _count) = ($"{method.DeclaringType!.Name}.{method.Name}", 0);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var result = method.Invoke(instance, [.. method.GetParameters().Select(p => arguments.Of(p.ParameterType, patience.Token))]);
            await (result switch
            {
                Task task => task,
                IAsyncEnumerable<object> many => LeafAsync(many, patience.Token),
                _ => Task.CompletedTask,
            }).WaitAsync(Patience, CancellationToken.None);
        }
        catch (Exception)
        {
            // Made-up arguments and rows seldom make sense.
        }
    }

    private static async Task LeafAsync(IAsyncEnumerable<object> many, CancellationToken cancel)
    {
        await foreach (var _ in many.WithCancellation(cancel))
        {
        }
    }

    private sealed class NoLifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() { }
    }

    // Values, or nothing wherever nothing may be given.
    private sealed class Arguments(IServiceProvider services, Actor actor, bool hasValues, int round)
    {
        private static readonly NullabilityInfoContext Nullability = new();

        public object? Of(Type type, CancellationToken cancel, int depth = 0)
        {
            var plain = Nullable.GetUnderlyingType(type);
            if (plain is not null)
                return hasValues ? Of(plain, cancel, depth) : null;
            return type switch
            {
                _ when type == typeof(Actor) => actor,
                _ when type == typeof(CancellationToken) => cancel,
                _ when type.IsAssignableFrom(typeof(TapworkDbContext)) && type != typeof(object) => services.GetRequiredService<Database>().Open(actor),
                _ when type == typeof(string) => "abc",
                _ when type == typeof(Guid) => Guid.Parse("0199c000-0000-7000-8000-000000000001"),
                _ when type == typeof(DateTimeOffset) => Given.Now,
                _ when type == typeof(DateOnly) => DateOnly.FromDateTime(Given.Now.UtcDateTime),
                _ when type == typeof(TimeSpan) => TimeSpan.FromMinutes(1),
                _ when type == typeof(bool) => hasValues,
                _ when type.IsEnum => Enum.GetValues(type).GetValue(round % Enum.GetValues(type).Length),
                _ when type.IsPrimitive || type == typeof(decimal) => Convert.ChangeType(5, type, System.Globalization.CultureInfo.InvariantCulture),
                _ when ElementOf(type) is { IsEnum: true } element => ListOf(element, [.. Enum.GetValues(element).Cast<object>()]),
                _ when ElementOf(type) is { IsPrimitive: true } element => ListOf(element, [.. Enumerable.Range(2, 4).Select(n => Convert.ChangeType(n, element, System.Globalization.CultureInfo.InvariantCulture))]),
                _ when ElementOf(type) is { } element => ListOf(element, Of(element, cancel, depth + 1) is { } one ? [one] : []),
                _ when typeof(Delegate).IsAssignableFrom(type) => DelegateOf(type, cancel, depth),
                _ => services.GetService(type) ?? MadeOf(type, cancel, depth),
            };
        }

        private static Type? ElementOf(Type type) => type.IsArray ? type.GetElementType()
            : type.IsGenericType && type.GetGenericArguments() is [var one] && type.IsAssignableFrom(typeof(List<>).MakeGenericType(one)) ? one : null;

        private static object ListOf(Type element, object[] values)
        {
            var array = Array.CreateInstance(element, values.Length);
            Array.Copy(values, array, values.Length);
            return Activator.CreateInstance(typeof(List<>).MakeGenericType(element), array)!;
        }

        private Delegate? DelegateOf(Type type, CancellationToken cancel, int depth)
        {
            var invoke = type.GetMethod("Invoke")!;
            var result = invoke.ReturnType == typeof(void) ? Expression.Empty() : (Expression)Expression.Constant(
                invoke.ReturnType == typeof(Task) ? Task.CompletedTask : invoke.ReturnType.IsAssignableTo(typeof(Task)) ? null : Of(invoke.ReturnType, cancel, depth + 1), invoke.ReturnType);
            return Expression.Lambda(type, result, invoke.GetParameters().Select(p => Expression.Parameter(p.ParameterType))).Compile();
        }

        // By its constructor, so that a filter is set in every part; without one as the database makes it.
        private object? MadeOf(Type type, CancellationToken cancel, int depth)
        {
            if (type.IsAbstract || type.IsInterface || depth > 4)
                return null;
            if (type.GetConstructors().MaxBy(c => c.GetParameters().Length) is not { } constructor || constructor.GetParameters() is [var single] && single.ParameterType == type)
                return RuntimeHelpers.GetUninitializedObject(type);
            return constructor.Invoke([.. constructor.GetParameters().Select(p =>
                !hasValues && (p.HasDefaultValue || Nullability.Create(p).WriteState == NullabilityState.Nullable) ? p.HasDefaultValue ? p.DefaultValue : null : Of(p.ParameterType, cancel, depth + 1))]);
        }
    }
}
