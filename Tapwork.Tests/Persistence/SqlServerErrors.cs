using System.Reflection;
using Microsoft.Data.SqlClient;

namespace Tapwork.Tests.Persistence;

/// <summary>SqlClient's own exceptions, made as it makes them: it offers nobody a constructor.</summary>
internal static class SqlServerErrors
{
    private const BindingFlags Inside = BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static;

    /// <summary>One error of each number; the severity of a statement's error unless said otherwise.</summary>
    public static SqlException Of(params int[] numbers) => Of(16, null, numbers);

    public static SqlException Of(byte severity, Exception? inner, params int[] numbers)
    {
        var errors = (SqlErrorCollection)Activator.CreateInstance(typeof(SqlErrorCollection), nonPublic: true)!;
        foreach (var number in numbers)
            typeof(SqlErrorCollection).GetMethod("Add", Inside)!.Invoke(errors, [ErrorOf(number, severity)]);
        var make = typeof(SqlException).GetMethods(Inside).Single(m => m.Name == "CreateException" && m.GetParameters() is [_, _, { ParameterType.Name: "Guid" }, _]);
        return (SqlException)make.Invoke(null, [errors, "16.0.1000", Guid.Empty, inner])!;
    }

    /// <summary>What an exhausted pool throws, in the language of the thread.</summary>
    public static InvalidOperationException PoolExhausted()
    {
        var made = (InvalidOperationException)typeof(SqlConnection).Assembly.GetType("Microsoft.Data.Common.ADP")!.GetMethod("PooledOpenTimeout", Inside)!.Invoke(null, null)!;
        // As it is when SqlClient has thrown it.
        made.Source = typeof(SqlConnection).Assembly.GetName().Name;
        return made;
    }

    private static object ErrorOf(int number, byte severity)
    {
        var make = typeof(SqlError).GetConstructors(Inside).MinBy(c => c.GetParameters().Length)!;
        return make.Invoke([.. make.GetParameters().Select(p => p.Name switch
        {
            "infoNumber" => number,
            "errorClass" => severity,
            _ when p.ParameterType == typeof(string) => $"error {number}",
            _ => p.ParameterType.IsValueType ? Activator.CreateInstance(p.ParameterType) : null,
        })]);
    }
}
