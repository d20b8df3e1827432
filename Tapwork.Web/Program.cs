using Tapwork.Web;
using Tapwork.Web.Auditing;
using Tapwork.Web.Sandbox;

if (args is ["sandbox", ..])
{
    await SandboxProcess.RunAsync(args[1..]);
    return 0;
}

if (args is [AuditCommands.Verify, ..])
    return await AuditCommands.VerifyAsync(args[1..]);
if (args is [AuditCommands.RotateKey, ..])
    return AuditCommands.Rotate(args[1..]);
if (args is [AuditCommands.AnchorHeads, ..])
    return await AuditCommands.AnchorAsync(args[1..]);

return await Serving.TellingWhyNotAsync(async () =>
{
    var builder = WebApplication.CreateBuilder(args);
    builder.AddTapworkWeb();
    await using var app = builder.Build();
    app.UseTapwork();
    await app.StartAndServeAsync();
});
