namespace Tapwork.Infrastructure.Persistence;

/// <summary>The older name of <see cref="TransientErrors"/>.</summary>
public static class DatabaseWeather
{
    public static bool IsPassing(Exception? e) => TransientErrors.IsTransient(e);
}
