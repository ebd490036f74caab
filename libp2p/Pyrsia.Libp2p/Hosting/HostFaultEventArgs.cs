namespace Pyrsia.Libp2p;

/// <summary>A fault that the host survived: a handler that threw, an inbound handshake that failed, a file that could not be written.</summary>
public sealed class HostFaultEventArgs(string activity, Exception fault) : EventArgs
{
    /// <summary>What the host was doing.</summary>
    public string Activity { get; } = activity;

    /// <summary>The fault.</summary>
    public Exception Fault { get; } = fault;
}
