using Tapwork.Core.Accounts;
using Tapwork.Core.Interventions;

namespace Tapwork.Infrastructure.Interventions;

/// <summary>Who sees which: the back office all, an installer what they created or were given.</summary>
internal static class InterventionVisibility
{
    public static IQueryable<Intervention> SeenBy(this IQueryable<Intervention> interventions, Actor actor) =>
        actor.SeesAllCompanies
            ? interventions
            : interventions.Where(i => actor.PersonId != null && (i.CreatedBy == actor.PersonId || i.AssignedTo == actor.PersonId));
}
