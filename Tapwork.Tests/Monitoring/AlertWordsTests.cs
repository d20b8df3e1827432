using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using Tapwork.Core.Monitoring;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Tests.Integrations;
using Tapwork.Web.Monitoring;
using Tapwork.Web.Shell;

namespace Tapwork.Tests.Monitoring;

public class AlertWordsTests
{
    // The page named jobs and secrets as the code does.
    [Theory]
    [InlineData(AlertKind.JobMissed, null, "send-emails", "Envoyer les courriels")]
    [InlineData(AlertKind.SecretAge, "partner", "BearerToken", "Jeton")]
    [InlineData(AlertKind.SecretAge, "gone", "Key", "Key")]
    [InlineData(AlertKind.QueueAge, "partner", "", "")]
    public async Task What_an_incident_is_about_is_told_in_words(AlertKind kind, string? connector, string about, string words)
    {
        await using var hub = await HubFixture.StartAsync(services => services.AddLocalization());
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("fr");
        var row = new IncidentRow(Guid.NewGuid(), kind, null, null, connector, about, 1, Given.Now, null);
        hub.Get<IStringLocalizer<Texts>>().About(row, hub.Get<ConnectorList>()).ShouldBe(words);
    }
}
