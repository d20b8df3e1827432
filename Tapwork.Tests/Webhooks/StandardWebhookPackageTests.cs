using System.Diagnostics;
using System.Text;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Tests.Webhooks;

/// <summary>The specification's own library for Node.js, and ours, each before what the other has signed.</summary>
public class StandardWebhookPackageTests
{
    private const string Body = """{"type":"dossier.accepted","data":{"name":"Éloïse ✓"}}""";

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task It_verifies_what_we_sign_with_the_old_and_the_new_secret(bool withNew, bool isRotating)
    {
        Needs.NodePackages();
        var (fresh, old, now) = (StandardWebhook.NewSecret(), StandardWebhook.NewSecret(), TimeProvider.System.GetUtcNow());
        var signatures = isRotating ? StandardWebhook.Sign("msg_1", now, Encoding.UTF8.GetBytes(Body), fresh, old) : StandardWebhook.Sign("msg_1", now, Encoding.UTF8.GetBytes(Body), fresh);
        (await NodeAsync("""
            new Webhook(process.argv[1]).verify(process.argv[2], { "webhook-id": "msg_1", "webhook-timestamp": process.argv[3], "webhook-signature": process.argv[4] });
            console.log("verified");
            """, withNew ? fresh : old, Body, StandardWebhook.TextOf(now), signatures)).ShouldBe("verified");
    }

    [Fact]
    public async Task It_refuses_what_was_signed_with_neither()
    {
        Needs.NodePackages();
        var now = TimeProvider.System.GetUtcNow();
        (await NodeAsync("""
            try { new Webhook(process.argv[1]).verify(process.argv[2], { "webhook-id": "msg_1", "webhook-timestamp": process.argv[3], "webhook-signature": process.argv[4] }); console.log("verified"); }
            catch (e) { console.log(e.message); }
            """, StandardWebhook.NewSecret(), Body, StandardWebhook.TextOf(now), StandardWebhook.Sign("msg_1", now, Encoding.UTF8.GetBytes(Body), StandardWebhook.NewSecret()))).ShouldContain("No matching signature");
    }

    [Fact]
    public async Task We_verify_what_it_signs()
    {
        Needs.NodePackages();
        var (secret, at) = (StandardWebhook.NewSecret(), "1614265330");
        var signature = await NodeAsync("""
            console.log(new Webhook(process.argv[1]).sign("msg_2", new Date(Number(process.argv[3]) * 1000), process.argv[2]));
            """, secret, Body, at);
        StandardWebhook.IsSigned("msg_2", at, Encoding.UTF8.GetBytes(Body), signature, secret).ShouldBeTrue();
    }

    private static async Task<string> NodeAsync(string script, params string[] arguments)
    {
        using var node = Process.Start(new ProcessStartInfo("node", ["-e", $$"""const { Webhook } = require("standardwebhooks"); {{script}}""", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            Environment = { ["NODE_PATH"] = Needs.NodeModules },
        })!;
        var (said, complained) = (await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), await node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        complained.ShouldBeEmpty();
        return said.Trim();
    }
}
