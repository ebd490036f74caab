namespace Pyrsia.Authority.Workers;

/// <summary>A worker could not do a job, or what it says of it can't be used. That says nothing about the source: another worker may do better.</summary>
internal sealed class WorkerException(string message, Exception? inner = null) : Exception(message, inner);
