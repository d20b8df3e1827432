namespace Tapwork.Infrastructure.Integrations;

/// <summary>A setting that is kept encrypted, never shown again and never logged.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;
