namespace Pyrsia.Libp2p;

/// <summary>What a gateway says to a request. https://www.rfc-editor.org/rfc/rfc6886#section-3.5</summary>
internal enum NatPmpResult
{
    Success = 0,
    UnsupportedVersion = 1,
    Refused = 2,
    NetworkFailure = 3,
    OutOfResources = 4,
    UnsupportedOpcode = 5,
}
