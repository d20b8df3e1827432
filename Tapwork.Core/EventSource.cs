namespace Tapwork.Core;

/// <summary>Something that tells what happened to it; the save writes what it tells in the same transaction.</summary>
public abstract class EventSource
{
    private List<DomainEvent>? _raised;

    protected void Raise(DomainEvent happened) => (_raised ??= []).Add(happened);

    /// <summary>What was raised since the last save; taking it empties the list.</summary>
    public IReadOnlyList<DomainEvent> TakeEvents()
    {
        if (_raised is null)
            return [];
        var taken = _raised;
        _raised = null;
        return taken;
    }
}
