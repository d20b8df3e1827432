using Tapwork.Web.Sandbox;

if (args is ["sandbox", ..])
{
    await SandboxProcess.RunAsync(args[1..]);
    return;
}

var app = WebApplication.CreateBuilder(args).Build();
app.Run();
