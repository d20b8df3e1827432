using Tapwork.Web;
using Tapwork.Web.Sandbox;

if (args is ["sandbox", ..])
{
    await SandboxProcess.RunAsync(args[1..]);
    return 0;
}

return await Serving.TellingWhyNotAsync(async () =>
{
    var builder = WebApplication.CreateBuilder(args);
    builder.AddTapworkWeb();
    await using var app = builder.Build();
    app.UseTapwork();
    await app.StartAndServeAsync();
});
