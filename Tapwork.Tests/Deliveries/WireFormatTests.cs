using Tapwork.Web.Deliveries;

namespace Tapwork.Tests.Deliveries;

public class WireFormatTests
{
    [Fact]
    public void A_request_becomes_a_curl_command_without_its_secret()
    {
        var curl = WireFormat.Of("POST https://partner.example/crm\nAuthorization: Bearer ***\n\n{\"name\":\"L'Été\"}").Curl;
        curl.ShouldBe("curl -X POST 'https://partner.example/crm' \\\n  -H 'Authorization: Bearer '\"$TOKEN\"'' \\\n  --data-raw '{\"name\":\"L'\\''Été\"}'");
    }

    [Fact]
    public void Json_is_indented_and_what_was_cut_off_stands_as_it_is()
    {
        WireFormat.Of("HTTP 201\n\n{\"id\":1}").Shown.ShouldBe("HTTP 201\n\n{\n  \"id\": 1\n}");
        WireFormat.Of("HTTP 200\n\n{\"id\":").Shown.ShouldBe("HTTP 200\n\n{\"id\":");
    }

    [Fact]
    public void A_mail_is_no_curl_command() => WireFormat.Of("SMTP mail.example:587\nFrom: a").Curl.ShouldBeNull();
}
