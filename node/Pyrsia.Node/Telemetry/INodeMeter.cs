namespace Pyrsia.Node.Telemetry;

/// <summary>Something that measures; it lives as long as the process, and is made when telemetry begins.</summary>
public interface INodeMeter : IDisposable;
