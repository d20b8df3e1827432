using System.Text;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Tests.Webhooks;

public class StandardWebhookTests
{
    // The vector of the specification's own libraries (standard-webhooks/standard-webhooks, libraries/*/test).
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const string Body = """{"test": 2432232314}""";
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1614265330);

    private static byte[] Bytes => Encoding.UTF8.GetBytes(Body);

    [Fact]
    public void The_specification_s_vector_is_signed_as_it_says() => StandardWebhook.Sign(Id, At, Bytes, Secret).ShouldBe(Signature);

    [Fact]
    public void It_is_verified_with_and_without_the_prefix()
    {
        StandardWebhook.IsSigned(Id, "1614265330", Bytes, Signature, Secret).ShouldBeTrue();
        StandardWebhook.IsSigned(Id, "1614265330", Bytes, Signature, Secret["whsec_".Length..]).ShouldBeTrue();
    }

    [Theory]
    [InlineData("v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= " + Signature)]
    [InlineData(Signature + " v1a,AAAA")]
    public void One_right_signature_among_others_is_enough(string signatures) =>
        StandardWebhook.IsSigned(Id, "1614265330", Bytes, signatures, Secret).ShouldBeTrue();

    [Theory]
    [InlineData(Id, "1614265331", Body, Signature)]
    [InlineData("msg_other", "1614265330", Body, Signature)]
    [InlineData(Id, "1614265330", """{"test":2432232314}""", Signature)]
    [InlineData(Id, "1614265330", Body, "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData(Id, "1614265330", Body, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData(Id, "1614265330", Body, "v1,")]
    [InlineData(Id, "1614265330", Body, "v1,not base64")]
    [InlineData(Id, "1614265330", Body, "")]
    public void Anything_else_is_not(string id, string timestamp, string body, string signatures) =>
        StandardWebhook.IsSigned(id, timestamp, Encoding.UTF8.GetBytes(body), signatures, Secret).ShouldBeFalse();

    [Fact]
    public void While_a_secret_is_rotated_both_sign()
    {
        var other = StandardWebhook.NewSecret();
        var signatures = StandardWebhook.Sign(Id, At, Bytes, other, Secret);
        signatures.Split(' ').Length.ShouldBe(2);
        StandardWebhook.IsSigned(Id, "1614265330", Bytes, signatures, Secret).ShouldBeTrue();
        StandardWebhook.IsSigned(Id, "1614265330", Bytes, signatures, other).ShouldBeTrue();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("whsec_")]
    [InlineData("whsec_c2hvcnQ=")]
    [InlineData("whsec_%%%")]
    [InlineData("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")]
    public void A_secret_that_is_none_verifies_nothing(string? secret)
    {
        StandardWebhook.KeyOf(secret).ShouldBeNull();
        StandardWebhook.IsSigned(Id, "1614265330", Bytes, Signature, secret).ShouldBeFalse();
    }

    [Fact]
    public void Every_event_that_is_told_has_a_schema_and_a_sample_of_its_own()
    {
        EventCatalogue.All.Count.ShouldBeGreaterThan(20);
        foreach (var type in EventCatalogue.All)
        {
            type.Schema.ShouldContain($"\"const\": \"{type.Topic}\"");
            type.Sample.ShouldContain($"\"type\": \"{type.Topic}\"");
        }
        EventCatalogue.Topics.ShouldNotContain(t => t.StartsWith("account.", StringComparison.Ordinal) || t.StartsWith("audit.", StringComparison.Ordinal) || t.StartsWith("integration.", StringComparison.Ordinal));
    }
}
