namespace Pyrsia.Node.Telemetry;

/// <summary>What this process calls itself to those who watch it.</summary>
/// <param name="Program">Name of the program.</param>
/// <param name="Version">Its version.</param>
/// <param name="PeerId">Which of several it is.</param>
internal sealed record NodeIdentityName(string Program, string Version, string PeerId);
