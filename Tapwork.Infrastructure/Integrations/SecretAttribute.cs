using System.ComponentModel.DataAnnotations;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>A setting that is kept encrypted, never shown again and never logged.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute
{
    /// <summary>
    /// The setting that keeps the one before for a while after a rotation; a third one of the same name with <c>Until</c> says for how long. Null where the
    /// far side knows only one.
    /// </summary>
    public string? Former { get; init; }
}

/// <summary>Kept by the application itself: no field of the form.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class UnlistedAttribute : Attribute;

/// <summary>Asked for, and needed, only while another setting has a certain value.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NeededWhenAttribute(string setting, string value) : ValidationAttribute
{
    public string Setting => setting;

    public string Value => value;

    /// <summary>Then asked for, but not needed.</summary>
    public bool IsOptional { get; init; }

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        var isNeeded = !IsOptional && validationContext.ObjectType.GetProperty(setting)!.GetValue(validationContext.ObjectInstance)?.ToString() == Value;
        return isNeeded && string.IsNullOrEmpty(value?.ToString()) ? new ValidationResult("required", [validationContext.MemberName!]) : ValidationResult.Success;
    }
}
