using Tapwork.Web;
using Tapwork.Web.Sandbox;

if (args is ["sandbox", ..])
{
    await SandboxProcess.RunAsync(args[1..]);
    return 0;
}

var builder = WebApplication.CreateBuilder(args);
builder.AddTapworkWeb();
var app = builder.Build();
app.UseTapwork();
return await app.StartAndServeAsync();
