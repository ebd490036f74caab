namespace Pyrsia.Authority.Workers;

/// <summary>How a worker works.</summary>
/// <param name="Jobs">Jobs that it does at once.</param>
/// <param name="Lease">Silence after which its jobs go to others.</param>
internal sealed record WorkerOptions(int Jobs, TimeSpan Lease);
