using Tapwork.Core.Interventions;

namespace Tapwork.Core.Integrations;

/// <summary>What one destination wants to be told of, about which records, and from when to when.</summary>
public sealed class Subscription : Entity
{
    /// <summary>Topics one subscription may name.</summary>
    public const int MostTopics = 50;

    private Subscription() { }

    public Guid IntegrationId { get; private set; }

    /// <summary>Names of topics, e.g. <c>dossier.accepted</c>.</summary>
    public IReadOnlyList<string> Topics { get; private set; } = [];

    public SubscriptionFilter Filter { get; private set; } = SubscriptionFilter.All;

    /// <summary>Paths of a dossier's content that are sent empty, e.g. <c>customer.phone</c>; see <see cref="DossierParts.Maskable"/>.</summary>
    public IReadOnlyList<string> MaskedFields { get; private set; } = [];

    /// <summary>First day (Paris).</summary>
    public DateOnly From { get; private set; }

    /// <summary>Last day (Paris), with it; null for no end.</summary>
    public DateOnly? Until { get; private set; }

    public static Subscription Begin(Guid integrationId, SubscriptionTerms terms)
    {
        var subscription = new Subscription { IntegrationId = integrationId };
        subscription.Change(terms);
        return subscription;
    }

    /// <exception cref="RuleViolation"><c>field.required</c>, <c>subscription.ends_before_it_begins</c>, <c>subscription.postcode_malformed</c>, <c>subscription.field_unknown</c></exception>
    public void Change(SubscriptionTerms terms)
    {
        var broken = new List<Violation>();
        if (terms.Topics.Count is 0 or > MostTopics)
            broken.Add(new Violation("field.required", nameof(Topics)));
        if (terms.Until < terms.From)
            broken.Add(new Violation("subscription.ends_before_it_begins", nameof(Until)));
        if (terms.Filter.PostcodePrefixes.Any(p => p.Length is 0 or > 5 || !p.All(char.IsAsciiDigit)))
            broken.Add(new Violation("subscription.postcode_malformed", nameof(SubscriptionFilter.PostcodePrefixes)));
        if (terms.MaskedFields.Except(DossierParts.Maskable).FirstOrDefault() is { } unknown)
            broken.Add(new Violation("subscription.field_unknown", nameof(MaskedFields), unknown));
        RuleViolation.ThrowIfAny(broken);
        (Topics, Filter, MaskedFields, From, Until) = (terms.Topics, terms.Filter, terms.MaskedFields, terms.From, terms.Until);
        Raise(new IntegrationConfigured(IntegrationId));
    }

    /// <summary>Whether it asks for this, on this day (Paris).</summary>
    /// <param name="topic">One of those it may name.</param>
    /// <param name="about">The intervention it is about; null when it is about none, and then only a filter that asks for nothing lets it through.</param>
    /// <param name="day">Null for whatever its days are.</param>
    public bool Wants(string topic, SubscribedRecord? about, DateOnly? day) =>
        (day is null || (From <= day && !(Until < day))) && Topics.Contains(topic) && Filter.Passes(about);
}

public sealed record SubscriptionTerms(IReadOnlyList<string> Topics, SubscriptionFilter Filter, IReadOnlyList<string> MaskedFields, DateOnly From, DateOnly? Until);

/// <summary>Each list empty means all.</summary>
/// <param name="PostcodePrefixes">One to five digits: <c>69</c>, <c>75011</c>.</param>
public sealed record SubscriptionFilter(
    IReadOnlyList<Guid> Companies, IReadOnlyList<string> Operations, IReadOnlyList<string> PostcodePrefixes, IReadOnlyList<InterventionStatus> Statuses)
{
    public static readonly SubscriptionFilter All = new([], [], [], []);

    public bool Passes(SubscribedRecord? about)
    {
        if (Companies.Count + Operations.Count + PostcodePrefixes.Count + Statuses.Count == 0)
            return true;
        return about is not null
            && (Companies.Count == 0 || Companies.Contains(about.CompanyId))
            && (Operations.Count == 0 || Operations.Contains(about.OperationCode))
            && (PostcodePrefixes.Count == 0 || PostcodePrefixes.Any(p => about.PostalCode.StartsWith(p, StringComparison.Ordinal)))
            && (Statuses.Count == 0 || Statuses.Contains(about.Status));
    }
}

/// <summary>Of an intervention, what subscriptions go by.</summary>
public sealed record SubscribedRecord(Guid InterventionId, string Reference, Guid CompanyId, string OperationCode, string PostalCode, InterventionStatus Status);
