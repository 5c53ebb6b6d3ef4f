// What each kind of child process keeps.
#pragma once

#include <array>

#include "hardening/confinement.h"

namespace wws::hardening {
namespace roles {

inline constexpr std::array kServingFolders = {
    // Not public/ alone: links there may lead to other places of the project.
    FolderRights{Folder::kProject, Rights::kRead}, FolderRights{Folder::kPublic, Rights::kRead}};
inline constexpr std::array kServingCalls = {CallGroup::kBasics, CallGroup::kEvents, CallGroup::kConnections,
                                             CallGroup::kFiles, CallGroup::kGuests};
inline constexpr std::array kCompilingCalls = {CallGroup::kBasics, CallGroup::kCopies,
                                               CallGroup::kNoMemoryFiles};

inline constexpr std::array kStoringCalls = {CallGroup::kBasics, CallGroup::kEvents, CallGroup::kLinks,
                                             CallGroup::kDatabase};

inline constexpr std::array kStoringInRedisCalls = {CallGroup::kBasics, CallGroup::kEvents, CallGroup::kLinks,
                                                    CallGroup::kOutgoing};
inline constexpr std::array kStoringInNamedRedisCalls = {
    CallGroup::kBasics, CallGroup::kEvents, CallGroup::kLinks, CallGroup::kOutgoing, CallGroup::kNames};

inline constexpr std::array kReachingCalls = {CallGroup::kBasics, CallGroup::kEvents, CallGroup::kRequests};

inline constexpr std::array kMountingCalls = {CallGroup::kBasics, CallGroup::kEvents, CallGroup::kLinks,
                                              CallGroup::kMounts};

inline constexpr std::array kAdministeringCalls = {CallGroup::kBasics, CallGroup::kEvents,
                                                   CallGroup::kConnections, CallGroup::kSharedMemory};

inline constexpr std::array kExportingCalls = {CallGroup::kBasics, CallGroup::kEvents, CallGroup::kRequests,
                                               CallGroup::kSharedMemory};

}  // namespace roles

/// Serves on sockets it has, opens files beneath a folder, maps code it is sent.
inline constexpr Confinement kServing = {roles::kServingFolders, roles::kServingCalls,
                                         StandardStreams::kLogOnly};
/// Reads and writes descriptors it has.
inline constexpr Confinement kCompiling = {{}, roles::kCompilingCalls, StandardStreams::kKept};

/// Opens and changes files in the folders that workers mount; answers serving processes on sockets that it is
/// sent.
inline constexpr Confinement kMounting = {{}, roles::kMountingCalls, StandardStreams::kLogOnly};

/// Writes the files of the key-value store, which it has open; answers serving processes on sockets that it
/// is sent.
inline constexpr Confinement kStoring = {{}, roles::kStoringCalls, StandardStreams::kLogOnly};

/// Connects to Redis at an address; has no files.
inline constexpr Confinement kStoringInRedis = {{}, roles::kStoringInRedisCalls, StandardStreams::kLogOnly};

/// The same where names have to be found first: with what the resolver reads.
inline constexpr Confinement kStoringInNamedRedis = {
    {}, roles::kStoringInNamedRedisCalls, StandardStreams::kLogOnly};

/// Answers operators on a socket it has; reads memory that it is sent.
inline constexpr Confinement kAdministering = {{}, roles::kAdministeringCalls, StandardStreams::kLogOnly};

/// Connects to other machines; answers serving processes on sockets that it is sent.
inline constexpr Confinement kReaching = {{}, roles::kReachingCalls, StandardStreams::kLogOnly};

/// Connects to a collector; reads memory that it is sent.
inline constexpr Confinement kExporting = {{}, roles::kExportingCalls, StandardStreams::kLogOnly};

}  // namespace wws::hardening
