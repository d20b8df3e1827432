using Tapwork.Web.Sandbox;

namespace Tapwork.Tests.Reliability;

/// <summary>One dossier's sends as the partner saw them, and what the application knows of them.</summary>
/// <param name="Arrivals">Every send that came whole.</param>
/// <param name="Unheard">Attempts on record that got no answer.</param>
/// <param name="AskedInVain">Attempts answered 409 whose question "is it ours?" was not answered, so that it was sent again.</param>
/// <param name="AtSending">How often its delivery stood at Sending after a kill or freeze.</param>
internal sealed record DossierTally(string ExternalId, IReadOnlyList<Arrival> Arrivals, int Unheard, int AskedInVain, int AtSending)
{
    /// <summary>Arrivals that met no fault on their way in; a cut or a late answer comes after the partner has decided.</summary>
    public int Judged => Arrivals.Count(IsJudged);

    public int Accepted => Arrivals.Count(a => IsJudged(a) && a.Status == 201);

    public int Repeats => Arrivals.Count(a => IsJudged(a) && a.Status == 409);

    /// <summary>Sends cut or timed out after the partner had decided: as told, and those this machine itself was too slow for.</summary>
    public int CutAfterwards => Arrivals.Count(a => a.Fault is Fault.CutAfter or Fault.SlowAfter)
        + Math.Max(0, Unheard - Arrivals.Count(a => a.Fault is Fault.Hang or Fault.CutBefore or Fault.CutAfter or Fault.SlowAfter));

    /// <summary>More repeats than this nothing accounts for.</summary>
    public int MostRepeats => CutAfterwards + AskedInVain + AtSending;

    private static bool IsJudged(Arrival arrival) => arrival.Fault is Fault.None or Fault.CutAfter or Fault.SlowAfter;
}
