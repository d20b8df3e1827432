namespace Tapwork.Core.Accounts;

/// <summary>What a person comes for; one role a person.</summary>
public enum Role
{
    Installer,
    Office,
    Manager,
    Admin,
}
