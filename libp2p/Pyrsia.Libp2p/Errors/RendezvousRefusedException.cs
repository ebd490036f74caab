namespace Pyrsia.Libp2p;

/// <summary>A rendezvous point refused a registration or a question.</summary>
public sealed class RendezvousRefusedException : Libp2pException
{
    /// <summary>Says what happened and what the point answered.</summary>
    public RendezvousRefusedException(string message, RendezvousStatus status) : base(message, null) => Status = status;

    /// <summary>The point's answer.</summary>
    public RendezvousStatus Status { get; }
}
