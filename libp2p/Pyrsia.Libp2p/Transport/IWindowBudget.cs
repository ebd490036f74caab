namespace Pyrsia.Libp2p;

/// <summary>Memory that receive windows grow from. Called under a session's lock: answers at once.</summary>
internal interface IWindowBudget
{
    /// <summary>Takes bytes for a window that grows; false when there are none, and then the window stays as it is.</summary>
    bool TryGrow(long bytes);

    /// <summary>Gives such bytes back: the stream or the session ended.</summary>
    void Shrink(long bytes);
}
