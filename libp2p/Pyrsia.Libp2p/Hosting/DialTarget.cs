using System.Net;

namespace Pyrsia.Libp2p;

/// <summary>Where a dial goes, and who must answer there; anybody when null.</summary>
internal readonly record struct DialTarget(IPEndPoint EndPoint, PeerId? Expected);
