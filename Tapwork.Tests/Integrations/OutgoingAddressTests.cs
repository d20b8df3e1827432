using System.Net;
using Microsoft.AspNetCore.Http;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Tests.Integrations;

public class OutgoingAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://127.1:{0}/")]
    [InlineData("http://127.0.1:{0}/")]
    [InlineData("http://2130706433:{0}/")]
    [InlineData("http://0x7f000001:{0}/")]
    [InlineData("http://0x7f.0.0.1:{0}/")]
    [InlineData("http://0177.0.0.1:{0}/")]
    [InlineData("http://017700000001:{0}/")]
    [InlineData("http://localhost:{0}/")]
    [InlineData("http://LocalHost:{0}/")]
    [InlineData("http://localhost.:{0}/")]
    [InlineData("http://symphonics.fr@127.0.0.1:{0}/")]
    [InlineData("http://symphonics.fr:pw@127.0.0.1:{0}/")]
    [InlineData("http://[::1]:{0}/")]
    [InlineData("http://[0:0:0:0:0:0:0:1]:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://[::ffff:7f00:1]:{0}/")]
    [InlineData("http://[0:0:0:0:0:ffff:7f00:0001]:{0}/")]
    [InlineData("http://[::127.0.0.1]:{0}/")]
    [InlineData("http://[64:ff9b::7f00:1]:{0}/")]
    [InlineData("http://[64:ff9b:1::7f00:1]:{0}/")]
    [InlineData("http://[2002:7f00:1::]:{0}/")]
    [InlineData("http://[2001:0:7f00:1::]:{0}/")]
    [InlineData("http://[::]:{0}/")]
    [InlineData("http://0.0.0.0:{0}/")]
    [InlineData("http://0:{0}/")]
    [InlineData("http://127.255.255.254:{0}/")]
    [InlineData("http://\uFF11\uFF12\uFF17.0.0.1:{0}/")]
    [InlineData("http://①②⑦.⓪.⓪.①:{0}/")]
    [InlineData("http://127。0。0。1:{0}/")]
    [InlineData("http://[fe80::1%25lo]:{0}/")]
    public async Task No_way_of_writing_it_leads_to_this_machine(string pattern)
    {
        await using var server = await LoopbackServer.StartAsync((_, _) => Task.CompletedTask);
        var address = string.Format(System.Globalization.CultureInfo.InvariantCulture, pattern, server.Address.Port);
        using var http = new OutgoingHttp(new OutgoingAddresses(new OutgoingSettings { RequireHttps = false }), new SeenCertificates(TimeProvider.System), TimeProvider.System);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        var answer = await http.SendAsync(Guid.NewGuid(), request, TestContext.Current.CancellationToken);
        // A resolver may not know the name with its dot; then it leads nowhere at all.
        if (!pattern.Contains("localhost.", StringComparison.Ordinal))
            answer.Reason!.ShouldStartWith("private address");
        answer.Fault.ShouldNotBe(HttpFault.None);
        server.Arrivals.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://2852039166/")]
    [InlineData("http://0xa9fea9fe/")]
    [InlineData("http://0251.0376.0251.0376/")]
    [InlineData("http://169.254.43518/")]
    [InlineData("http://[::ffff:a9fe:a9fe]/")]
    [InlineData("http://[fd00:ec2::254]/")]
    [InlineData("http://169.254.169.254./")]
    [InlineData("http://example.com:80@169.254.169.254/")]
    [InlineData("http://169.254.169.254:80#@example.com/")]
    [InlineData("http://[::ffff:a00:1]/")]
    [InlineData("http://169。254。169。254/")]
    [InlineData("http://１６９.254.169.254/")]
    [InlineData("http://0300.0250.0.1/")]
    [InlineData("http://3232235521/")]
    [InlineData("http://10.1/")]
    [InlineData("http://[::ffff:10.0.0.1]/")]
    [InlineData("http://[fec0::1]/")]
    [InlineData("http://[ff02::1]/")]
    [InlineData("http://168.63.129.16/machine/?comp=goalstate")]
    [InlineData("http://2822734096/")]
    [InlineData("http://0xa83f8110/")]
    [InlineData("http://0250.077.0201.020/")]
    [InlineData("http://[::ffff:a83f:8110]/")]
    public async Task No_way_of_writing_it_leads_into_a_private_network(string address)
    {
        using var http = new OutgoingHttp(new OutgoingAddresses(new OutgoingSettings { RequireHttps = false }), new SeenCertificates(TimeProvider.System), TimeProvider.System);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        var answer = await http.SendAsync(Guid.NewGuid(), request, TestContext.Current.CancellationToken);
        // With a dot behind it, it is a name, and there is none of it.
        answer.Reason!.ShouldStartWith(request.RequestUri!.Host.EndsWith('.') ? "name does not exist" : "private address");
        answer.MayHaveArrived.ShouldBeFalse();
    }

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.1")]
    [InlineData("192.0.2.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("224.0.0.1")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:c0a8:101::1")]
    [InlineData("100::1")]
    [InlineData("168.63.129.16")]
    [InlineData("::ffff:168.63.129.16")]
    [InlineData("64:ff9b::a83f:8110")]
    [InlineData("2002:a83f:8110::1")]
    [InlineData("161.26.0.10")]
    [InlineData("166.9.1.1")]
    [InlineData("100.100.100.200")]
    [InlineData("192.0.0.192")]
    [InlineData("fd00:ec2::254")]
    [InlineData("3ffe::1")]
    public void What_is_not_on_the_public_internet_is_not_called(string address) =>
        new OutgoingAddresses(new OutgoingSettings()).Permits(IPAddress.Parse(address)).ShouldBeFalse();

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("168.63.129.15")]
    [InlineData("168.63.129.17")]
    [InlineData("100.63.255.255")]
    [InlineData("172.32.0.1")]
    [InlineData("192.167.255.255")]
    [InlineData("2606:4700::1111")]
    [InlineData("2a01:e0a::1")]
    [InlineData("::ffff:8.8.8.8")]
    public void The_public_internet_is_called(string address) =>
        new OutgoingAddresses(new OutgoingSettings()).Permits(IPAddress.Parse(address)).ShouldBeTrue();

    [Fact]
    public async Task The_settings_file_may_allow_a_network_and_then_it_is_called_without_TLS_too()
    {
        await using var server = await LoopbackServer.StartAsync((context, _) => context.Response.WriteAsync("hello"));
        using var http = new OutgoingHttp(new OutgoingAddresses(new OutgoingSettings { AllowedAddresses = ["127.0.0.0/8"] }), new SeenCertificates(TimeProvider.System), TimeProvider.System);
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Address);
        var answer = await http.SendAsync(Guid.NewGuid(), request, TestContext.Current.CancellationToken);
        (answer.Status, System.Text.Encoding.UTF8.GetString(answer.Body)).ShouldBe((200, "hello"));
    }

    [Fact]
    public void Off_that_list_nothing_is_called_without_TLS_outside_Development()
    {
        new OutgoingAddresses(new OutgoingSettings()).PermitsWithoutTls(IPAddress.Parse("8.8.8.8")).ShouldBeFalse();
        new OutgoingAddresses(new OutgoingSettings { RequireHttps = false }).PermitsWithoutTls(IPAddress.Parse("8.8.8.8")).ShouldBeTrue();
        new OutgoingAddresses(new OutgoingSettings { AllowedAddresses = ["192.168.7.0/24"] }).PermitsWithoutTls(IPAddress.Parse("::ffff:192.168.7.9")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_redirect_to_a_private_address_is_handed_back_not_followed()
    {
        await using var inner = await LoopbackServer.StartAsync((_, _) => Task.CompletedTask);
        await using var server = await LoopbackServer.StartAsync((context, _) =>
        {
            context.Response.Redirect(inner.Address.ToString());
            return Task.CompletedTask;
        });
        using var http = new OutgoingHttp(new OutgoingAddresses(new OutgoingSettings { AllowedAddresses = ["127.0.0.0/8"] }), new SeenCertificates(TimeProvider.System), TimeProvider.System);
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Address);
        (await http.SendAsync(Guid.NewGuid(), request, TestContext.Current.CancellationToken)).Status.ShouldBe(302);
        inner.Arrivals.ShouldBeEmpty();
    }
}
