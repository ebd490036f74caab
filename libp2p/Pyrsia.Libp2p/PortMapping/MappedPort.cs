using System.Net;

namespace Pyrsia.Libp2p;

/// <summary>A port of this host that a gateway has others reach.</summary>
/// <param name="Port">The port that is listened on.</param>
/// <param name="External">Where it is reached.</param>
internal readonly record struct MappedPort(ushort Port, IPEndPoint External);
