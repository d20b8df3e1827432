using System.ComponentModel.DataAnnotations;

namespace Tapwork.Infrastructure.Integrations.Mail;

/// <summary>One whole address, with or without a name. Nothing is no malformed one: whether one is needed is said beside it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MailSenderAttribute() : ValidationAttribute("integration.sender_malformed")
{
    public override bool IsValid(object? value) => value is null or "" || MailAddresses.Parse(value as string) is not null;
}
