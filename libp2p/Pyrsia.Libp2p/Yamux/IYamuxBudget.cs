namespace Pyrsia.Libp2p;

/// <summary>What the sessions of one host share. Called under a session's lock: answers at once.</summary>
internal interface IYamuxBudget
{
    /// <summary>Takes bytes for a window that grows; false when there are none, and then the window stays as it is.</summary>
    bool TryGrow(long bytes);

    /// <summary>Gives such bytes back: the stream or the session ended.</summary>
    void Shrink(long bytes);

    /// <summary>The same, counted for a peer besides.</summary>
    IYamuxBudget Of(PeerId peer);

    /// <summary>A session refused a stream by a limit of its own.</summary>
    void StreamRefused();
}
