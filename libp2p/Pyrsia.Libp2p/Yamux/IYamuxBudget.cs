namespace Pyrsia.Libp2p;

/// <summary>What the sessions of one host share. Called under a session's lock: answers at once.</summary>
internal interface IYamuxBudget : IWindowBudget
{
    /// <summary>The same, counted for a peer besides.</summary>
    IYamuxBudget Of(PeerId peer);

    /// <summary>A session refused a stream by a limit of its own.</summary>
    void StreamRefused();
}
