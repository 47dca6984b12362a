export * as common from '@nestjs/common';
export * as core from '@nestjs/core';
export * as express from '@nestjs/platform-express';
export * as fastify from '@nestjs/platform-fastify';
export * as testing from '@nestjs/testing';
