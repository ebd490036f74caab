namespace Pyrsia.Libp2p;

internal enum YamuxInputKind
{
    /// <summary>Nothing to do.</summary>
    None,

    /// <summary>A payload of Value bytes follows for Stream.</summary>
    Data,

    /// <summary>A payload of Value bytes follows that nobody wants.</summary>
    Discard,

    /// <summary>The peer's window of Stream grew.</summary>
    Window,

    /// <summary>Stream was reset by the peer; a payload of Value bytes follows that nobody wants.</summary>
    Reset,

    /// <summary>The answer to our ping Value.</summary>
    Pong,

    /// <summary>The peer ends the session with code Value.</summary>
    GoAway,

    /// <summary>The peer broke the protocol; the session is over.</summary>
    Violation,
}
